package io.thaw.index.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OciDocumentsTest {
  private static final Path GOLDEN = Path.of(System.getProperty("thaw.testdata")).resolve("golden");

  @Test
  void writesTheManifestsGoWroteByteForByte() throws IOException {
    for (String hex :
        new String[] {
          "51ba2b0f2bf961e73c296a5d5a13c2da52a6eb071985f873609587d33e1f7f6d",
          "607c81685860990b419403497cca929e2a19c1388930d7f08b62398f83dfd03c"
        }) {
      byte[] golden = blob(hex);
      assertThat(new String(OciWriter.write(OciReader.manifest(golden)), UTF_8))
          .isEqualTo(new String(golden, UTF_8));
    }
  }

  @Test
  void writesTheIndexesGoWroteByteForByte() throws IOException {
    byte[] golden = blob("36b3491b74b032691b798a778f16bedb22ff3531cd4d295d3ddde674d85b94dc");
    assertThat(OciWriter.write(OciReader.index(golden))).isEqualTo(golden);
    try (OciLayout layout = OciLayout.open(GOLDEN.resolve("layout"))) {
      ImageIndex index = layout.index();
      assertThat(OciReader.index(OciWriter.write(index))).isEqualTo(index);
    }
  }

  @Test
  void keepsEveryFieldOfADescriptor() throws IOException {
    String json =
        "{\"schemaVersion\":2,\"mediaType\":\""
            + MediaTypes.OCI_INDEX
            + "\",\"artifactType\":\"a/t\","
            + "\"manifests\":[{\"mediaType\":\"m/t\",\"digest\":\""
            + Digest.sha256(new byte[1])
            + "\",\"size\":5,\"urls\":[\"http://u\"],\"annotations\":{\"k\":\"v\"},\"data\":\"aGk=\","
            + "\"platform\":{\"architecture\":\"arm\",\"os\":\"windows\",\"os.version\":\"10\","
            + "\"os.features\":[\"win32k\"],\"variant\":\"v7\"},\"artifactType\":\"b/t\"}],"
            + "\"annotations\":{\"x\":\"y\"}}";
    assertThat(new String(OciWriter.write(OciReader.index(json.getBytes(UTF_8))), UTF_8))
        .isEqualTo(json);
  }

  @Test
  void saysWhereAManifestIsWrong() {
    assertThatThrownBy(() -> OciReader.manifest("{\"schemaVersion\":2}".getBytes(UTF_8)))
        .hasMessageStartingWith("$.config.mediaType is missing");
    assertThatThrownBy(
            () ->
                OciReader.index(
                    "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"\"}]}".getBytes(UTF_8)))
        .hasMessageStartingWith("$.manifests[0].mediaType is \"\"");
    assertThatThrownBy(
            () ->
                OciReader.index(
                    "{\"schemaVersion\":2,\"annotations\":{\"a.b\":3}}".getBytes(UTF_8)))
        .hasMessageStartingWith("$.annotations['a.b'] is 3");
  }

  @Test
  void readsThePlatformOfAConfiguration() throws IOException {
    assertThat(
            OciReader.platformOfConfig(
                blob("8c35fbe2a4823fe4583f8d05ac832182434cec6f1b661cf832a1c91885ca98e4")))
        .isEqualTo(Platform.of("linux", "amd64"));
  }

  private static byte[] blob(String hex) throws IOException {
    try (OciLayout layout = OciLayout.open(GOLDEN.resolve("layout-converted"))) {
      return layout.bytes(new Digest("sha256", hex), 1 << 20);
    }
  }
}
