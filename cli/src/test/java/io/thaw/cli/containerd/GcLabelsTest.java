package io.thaw.cli.containerd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.oci.MediaTypes;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The keys are containerd's and SOCI's: whoever reads them there must find the same.
class GcLabelsTest {
  private static final String REF = "containerd.io/gc.ref.content.";
  private static final String A = digest("a");
  private static final String B = digest("b");
  private static final String C = digest("c");

  @Test
  void anImageManifestKeepsConfigurationAndLayers() throws IOException {
    String manifest =
        manifest(
            "application/vnd.oci.image.config.v1+json",
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.diff.tar.gzip");

    assertThat(labels(MediaTypes.OCI_MANIFEST, manifest))
        .containsExactly(REF + "config=" + A, REF + "l.0=" + B, REF + "l.1=" + C);
  }

  @Test
  void aSociIndexKeepsConfigurationAndZtocs() throws IOException {
    String manifest =
        manifest(
            "application/vnd.amazon.soci.index.v1+json",
            "application/octet-stream",
            "application/vnd.amazon.soci.prefetch.v1+json");

    assertThat(labels(MediaTypes.OCI_MANIFEST, manifest))
        .containsExactly(REF + "config=" + A, REF + "ztoc.0=" + B, REF + "ztoc.1=" + C);
  }

  @Test
  void anotherArtifactKeepsItsBlobsByNumber() throws IOException {
    String manifest =
        manifest("application/vnd.oci.empty.v1+json", "application/vnd.in-toto+json", "text/plain");

    assertThat(labels(MediaTypes.OCI_MANIFEST, manifest))
        .containsExactly(REF + "0=" + A, REF + "1=" + B, REF + "2=" + C);
  }

  @Test
  void anImageIndexKeepsManifestsAndIndexes() throws IOException {
    String index =
        "{\"schemaVersion\":2,\"manifests\":["
            + descriptor(MediaTypes.OCI_MANIFEST, A)
            + ","
            + descriptor(MediaTypes.OCI_INDEX, B)
            + ","
            + descriptor(MediaTypes.DOCKER_MANIFEST, C)
            + "]}";

    assertThat(labels(MediaTypes.OCI_INDEX, index))
        .containsExactly(REF + "0=" + B, REF + "m.0=" + A, REF + "m.1=" + C);
  }

  @Test
  void anImageKeepsAV1IndexByItsDigest() {
    Digest index = Digest.parse(A);

    assertThat(GcLabels.keyOfV1(index)).isEqualTo(REF + "soci." + index.hex());
    assertThat(GcLabels.filterForKeepersOfV1(index))
        .isEqualTo("labels.\"" + REF + "soci." + index.hex() + "\"");
  }

  @Test
  void whatIsNoManifestHasNoLabels() {
    assertThatThrownBy(() -> labels(MediaTypes.OCI_MANIFEST, "{}")).isInstanceOf(IOException.class);
  }

  private static List<String> labels(String mediaType, String document) throws IOException {
    byte[] bytes = document.getBytes(UTF_8);
    return GcLabels.of(new Descriptor(mediaType, Digest.sha256(bytes), bytes.length), bytes)
        .entrySet()
        .stream()
        .map(label -> label.getKey() + "=" + label.getValue())
        .toList();
  }

  private static String manifest(String config, String first, String second) {
    return "{\"schemaVersion\":2,\"config\":"
        + descriptor(config, A)
        + ",\"layers\":["
        + descriptor(first, B)
        + ","
        + descriptor(second, C)
        + "]}";
  }

  private static String descriptor(String mediaType, String digest) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":3}".formatted(mediaType, digest);
  }

  private static String digest(String content) {
    return Digest.sha256(content.getBytes(UTF_8)).toString();
  }
}
