package io.thaw.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.oci.MalformedManifestException;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SociIndexTest {
  private static final Digest LAYER =
      Digest.parse("sha256:e196b9de720bbd92bde6b2b0c5def1e047fbf4758ba38c66a3c1e4016c895905");

  @Test
  void readsTheIndexSociWrote() throws IOException {
    SociIndex index = SociIndexReader.read(Golden.document(Golden.SOCI_INDEX));

    assertThat(index.version()).isEqualTo(SociIndex.Version.V2);
    assertThat(index.buildTool()).contains("AWS SOCI CLI v0.2");
    assertThat(index.subject()).isEmpty();
    assertThat(index.ztocs()).hasSize(3);
    SociIndex.ZtocRef ref = index.ztocOf(LAYER).orElseThrow();
    assertThat(ref.ztoc().sizeBytes()).isEqualTo(28104);
    assertThat(ref.spanSizeBytes()).hasValue(262_144);
    assertThat(ref.layerMediaType()).isEqualTo("application/vnd.oci.image.layer.v1.tar");
    assertThat(ref.disableXattrs()).isFalse();
    assertThat(index.prefetchesOf(LAYER))
        .extracting(prefetch -> prefetch.artifact().digest())
        .containsExactly(Golden.PREFETCH);
  }

  @Test
  void writesTheIndexSociWroteByteForByte() throws IOException {
    byte[] golden = Golden.document(Golden.SOCI_INDEX);
    assertThat(new String(SociIndexWriter.write(SociIndexReader.read(golden)), UTF_8))
        .isEqualTo(new String(golden, UTF_8));
  }

  @Test
  void aV1IndexKeepsItsSubjectAndPromises() throws IOException {
    SociIndex index =
        new SociIndex(
            SociIndex.Version.V1,
            List.of(
                new SociIndex.ZtocRef(
                    new Descriptor(SociMediaTypes.ZTOC, LAYER, 7),
                    LAYER,
                    "a/<b>&c",
                    OptionalLong.empty(),
                    true)),
            List.of(),
            Optional.empty(),
            Optional.of(new Descriptor("m/t", Golden.IMAGE, 1018)));
    byte[] json = SociIndexWriter.write(index);

    assertThat(SociIndexReader.read(json)).isEqualTo(index);
    assertThat(new String(json, UTF_8))
        .contains("\"com.amazon.soci.disable-xattrs\":\"true\"")
        .contains("a/\\u003cb\\u003e\\u0026c")
        .endsWith(
            "\"subject\":{\"mediaType\":\"m/t\",\"digest\":\""
                + Golden.IMAGE
                + "\",\"size\":1018}}");
  }

  @Test
  void ignoresWhatItDoesNotKnow() throws IOException {
    String json =
        golden()
            .replace("{\"schemaVersion\":2,", "{\"schemaVersion\":2,\"news\":[1,{\"a\":null}],")
            .replace(
                "\"layers\":[",
                "\"layers\":[{\"mediaType\":\"x/y\",\"digest\":\"" + LAYER + "\",\"size\":1},");
    assertThat(SociIndexReader.read(json.getBytes(UTF_8)))
        .isEqualTo(SociIndexReader.read(Golden.document(Golden.SOCI_INDEX)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "soci.index.v2+json | soci.index.v9+json | $.config.mediaType | v9",
        "\"size\":244496 | \"size\":-1 | $.layers[0].size | -1",
        "\"size\":244496 | \"size\":1.5 | $.layers[0].size | 1.5",
        "\"size\":244496 | \"size\":99999999999 | $.layers[0].size | 99999999999",
        "\"size\":244496 | \"size\":\"244496\" | $.layers[0].size | \"244496\"",
        "\"size\":66 | \"size\":6600000 | $.layers[3].size | 6600000",
        "\"digest\":\"sha256:6f83 | \"digest\":\"sha256:XX83 | $.layers[0].digest | XX83",
        "span-size\":\"262144\" | span-size\":\"4MiB\" "
            + "| $.layers[0].annotations['com.amazon.soci.span-size'] | 4MiB",
        "com.amazon.soci.image-layer-digest | com.example "
            + "| $.layers[0].annotations['com.amazon.soci.image-layer-digest'] | missing",
        "soci.index.v2+json | soci.index.v1+json | $.subject | missing",
      })
  void namesThePlaceAndTheValueThatAreWrong(String from, String to, String path, String value)
      throws IOException {
    String broken = golden().replace(from, to);
    assertThat(broken).isNotEqualTo(golden());
    assertThatThrownBy(() -> SociIndexReader.read(broken.getBytes(UTF_8)))
        .isInstanceOf(MalformedManifestException.class)
        .hasMessageStartingWith(path + " is ")
        .hasMessageContaining(value);
  }

  @Test
  void refusesTextThatIsNoJsonObjectOrTooLong() {
    for (String text : List.of("", "[]", "null", "{", "{} {}", "\u0000")) {
      assertThatThrownBy(() -> SociIndexReader.read(text.getBytes(UTF_8)))
          .as(text)
          .isInstanceOf(MalformedManifestException.class);
    }
    byte[] nested = "[".repeat(100_000).getBytes(UTF_8);
    assertThatThrownBy(() -> SociIndexReader.read(nested))
        .isInstanceOf(MalformedManifestException.class);
    assertThatThrownBy(() -> SociIndexReader.read(new byte[5 << 20]))
        .hasMessageContaining("5242880 bytes long");
  }

  @Test
  void refusesMoreBlobsThanAnyImageHas() {
    String blob = "{\"mediaType\":\"x/y\",\"digest\":\"" + LAYER + "\",\"size\":1},";
    String json =
        "{\"config\":{\"mediaType\":\""
            + SociMediaTypes.INDEX_V2
            + "\"},\"layers\":["
            + blob.repeat(5000)
            + blob.substring(0, blob.length() - 1)
            + "]}";
    assertThatThrownBy(() -> SociIndexReader.read(json.getBytes(UTF_8)))
        .hasMessageContaining("$.layers is a list of 5001");
  }

  private static String golden() throws IOException {
    return new String(Golden.document(Golden.SOCI_INDEX), UTF_8);
  }
}
