package io.thaw.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.IndexDiscovery.Found;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.LayoutWriter;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PushTest {
  @TempDir Path dir;
  private FakeRegistry registry;

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry();
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void pushesEverythingTheImageNeedsAndTheTagLast() throws IOException {
    WriteReport report = push(Golden.CONVERTED);

    assertThat(report.writtenBlobs()).isEqualTo(10);
    assertThat(report.presentBlobs()).isZero();
    assertThat(report.manifests()).isEqualTo(3);
    assertThat(registry.calls.getLast()).isEqualTo("PUT /v2/app/manifests/v1");
    assertThat(registry.manifest("v1")).contains(Golden.document(report.image().digest()));
    try (OciLayout layout = OciLayout.open(Golden.CONVERTED)) {
      for (Digest digest : layout.blobs()) {
        if (!digest.equals(Golden.UNCONVERTED_IMAGE)) {
          assertThat(
                  registry.blobs.containsKey(digest.toString())
                      || registry.manifest(digest.toString()).isPresent())
              .as(digest.toString())
              .isTrue();
        }
      }
    }
    Found found =
        (Found)
            new IndexResolver(registry.client())
                .find(
                    new IndexResolver.Query(
                        registry.repository(),
                        report.image().digest(),
                        Optional.empty(),
                        Set.of(SociIndex.Version.V2),
                        Platform.of("linux", "amd64")));
    assertThat(found.descriptor().digest()).isEqualTo(Golden.SOCI_INDEX);
  }

  @Test
  void sendsNoBlobTwice() throws IOException {
    WriteReport first = push(Golden.CONVERTED);
    long uploads = registry.count("POST ");
    WriteReport second = push(Golden.CONVERTED);

    assertThat(registry.count("POST ")).isEqualTo(uploads);
    assertThat(second.writtenBytes()).isZero();
    assertThat(second.presentBytes()).isEqualTo(first.writtenBytes());
  }

  @Test
  void pushesNothingVisibleFromADamagedLayout() throws IOException {
    Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    Path copy = dir.resolve("damaged");
    try (OciLayout layout = OciLayout.open(Golden.CONVERTED)) {
      for (Digest digest : layout.blobs()) {
        blobs.put(digest, BlobContent.of(layout, digest));
      }
      Digest layer =
          Digest.parse("sha256:4e38a83f82f312a4266893694ef3136e3cd8102197134f36fd548c22f3b7a7d1");
      blobs.put(layer, BlobContent.of(new byte[6250]));
      LayoutWriter.write(copy, LayoutFormat.OCI_DIR, layout.index(), blobs);
    }
    assertThatThrownBy(() -> push(copy)).isInstanceOf(IOException.class);
    assertThat(registry.count("PUT /v2/app/manifests")).isZero();
  }

  @Test
  void wantsATagToPushTo() {
    Reference target = new Reference(registry.repository(), null, Golden.IMAGE);
    assertThatThrownBy(() -> new RegistryTarget(registry.client(), target))
        .hasMessageContaining("name a tag");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPushedV1IndexIsFoundAgain(boolean keepsReferrers) throws IOException {
    registry.keepsReferrers = keepsReferrers;
    push(Golden.LAYOUT);
    IndexBuilder.BuiltIndex index = v1Index();
    ReferrerPusher pusher = new ReferrerPusher(registry.client());
    pusher.push(registry.repository(), index);
    pusher.push(registry.repository(), index);

    String fallback = "sha256-" + Golden.UNCONVERTED_IMAGE.hex();
    if (keepsReferrers) {
      assertThat(registry.manifest(fallback)).isEmpty();
    } else {
      assertThat(OciReader.index(registry.manifest(fallback).orElseThrow()).manifests())
          .singleElement()
          .satisfies(
              entry -> {
                assertThat(entry.digest()).isEqualTo(index.descriptor().digest());
                assertThat(entry.artifactType()).contains(SociMediaTypes.INDEX_V1);
              });
    }
    Found found =
        (Found)
            new IndexResolver(registry.client())
                .find(
                    new IndexResolver.Query(
                        registry.repository(),
                        Golden.UNCONVERTED_IMAGE,
                        Optional.empty(),
                        Set.of(SociIndex.Version.V1)));
    assertThat(found.index()).isEqualTo(index.index());
    assertThat(found.index().ztocs())
        .isEqualTo(SociIndexReader.read(Golden.document(Golden.SOCI_INDEX)).ztocs());
  }

  private WriteReport push(Path source) throws IOException {
    try (LayoutSource image = LayoutSource.open(source)) {
      return new RegistryTarget(registry.client(), new Reference(registry.repository(), "v1", null))
          .write(ImageContent.of(image));
    }
  }

  private IndexBuilder.BuiltIndex v1Index() throws IOException {
    ConvertOptions options = ConvertOptions.DEFAULT.withSpanSize(262_144).withMinLayerSize(50_000);
    try (LayoutSource layout = LayoutSource.open(Golden.LAYOUT)) {
      return new IndexBuilder(layout, options, ConvertProgress.NONE, dir)
          .build(Converter.images(layout, List.of()), SociIndex.Version.V1)
          .getFirst()
          .index()
          .orElseThrow();
    }
  }
}
