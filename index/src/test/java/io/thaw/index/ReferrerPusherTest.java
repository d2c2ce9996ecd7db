package io.thaw.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.place.LayoutSource;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Pushing v1 indexes beside what a registry has already.
class ReferrerPusherTest {
  private static final String TAG = "sha256-" + Golden.UNCONVERTED_IMAGE.hex();

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

  @ParameterizedTest
  @EnumSource
  void doesWithASecondIndexWhatItIsTold(ExistingIndex policy) throws IOException {
    IndexBuilder.BuiltIndex first = index(262_144);
    IndexBuilder.BuiltIndex second = index(131_072);
    push(ExistingIndex.WARN, first);

    ReferrerReport report = push(policy, second);

    boolean skips = policy == ExistingIndex.SKIP;
    assertThat(report.skipped()).isEqualTo(skips);
    assertThat(report.existing())
        .isEqualTo(
            policy == ExistingIndex.ALLOW ? List.of() : List.of(first.descriptor().digest()));
    assertThat(registry.manifest(second.descriptor().digest().toString()).isPresent())
        .isEqualTo(!skips);
    assertThat(listed())
        .extracting(OciDescriptor::digest)
        .startsWith(first.descriptor().digest())
        .hasSize(skips ? 1 : 2);
  }

  @Test
  void pushingTheSameIndexAgainIsNoSecondOne() throws IOException {
    IndexBuilder.BuiltIndex index = index(262_144);
    push(ExistingIndex.SKIP, index);
    ReferrerReport again = push(ExistingIndex.SKIP, index);
    assertThat(again.skipped()).isFalse();
    assertThat(again.existing()).isEmpty();
    assertThat(again.written().writtenBlobs()).isZero();
    assertThat(listed()).hasSize(1);
  }

  @Test
  void keepsTheEntriesOfOthers() throws IOException {
    OciDescriptor signature = signature(1);
    registry
        .client()
        .pushManifest(registry.repository(), TAG, MediaTypes.OCI_INDEX, list(signature));
    IndexBuilder.BuiltIndex index = index(262_144);
    push(ExistingIndex.WARN, index);
    assertThat(listed()).startsWith(signature).hasSize(2);
  }

  @Test
  void writesAgainWhenAnotherPusherOverwroteTheList() throws IOException {
    AtomicInteger looks = new AtomicInteger();
    registry.onManifestGet =
        name -> {
          // Between our write and our second look, a list without us takes the tag's place.
          if (name.equals(TAG) && looks.incrementAndGet() == 2) {
            registry.putTag(TAG, MediaTypes.OCI_INDEX, list(signature(1)));
          }
        };
    IndexBuilder.BuiltIndex index = index(262_144);
    push(ExistingIndex.ALLOW, index);
    assertThat(listed())
        .extracting(OciDescriptor::digest)
        .containsExactly(signature(1).digest(), index.descriptor().digest());
  }

  @Test
  void givesUpWhenOthersAlwaysOverwriteTheList() throws IOException {
    registry.onManifestGet =
        name -> {
          if (name.equals(TAG)) {
            registry.putTag(TAG, MediaTypes.OCI_INDEX, list(signature(1)));
          }
        };
    IndexBuilder.BuiltIndex index = index(262_144);
    assertThatThrownBy(() -> push(ExistingIndex.ALLOW, index))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("keeps being overwritten");
  }

  @Test
  void leavesATagAloneThatHoldsSomethingElse() throws IOException {
    byte[] image = "{\"schemaVersion\":2}".getBytes(UTF_8);
    registry.putTag(TAG, MediaTypes.OCI_MANIFEST, image);
    IndexBuilder.BuiltIndex index = index(262_144);
    assertThatThrownBy(() -> push(ExistingIndex.ALLOW, index))
        .hasMessageContaining(TAG)
        .hasMessageContaining("remove the tag");
    assertThat(registry.manifest(TAG)).contains(image);
  }

  @Test
  void refusesAV2Index() throws IOException {
    byte[] v2 = Golden.document(Golden.SOCI_INDEX);
    assertThatThrownBy(
            () -> new ReferrerPusher(registry.client()).push(registry.repository(), v2, Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private ReferrerReport push(ExistingIndex policy, IndexBuilder.BuiltIndex index)
      throws IOException {
    return new ReferrerPusher(registry.client(), 2, policy, WriteProgress.NONE)
        .push(registry.repository(), index);
  }

  private List<OciDescriptor> listed() throws IOException {
    return OciReader.index(registry.manifest(TAG).orElseThrow()).manifests();
  }

  private static OciDescriptor signature(int number) {
    return OciDescriptor.of(MediaTypes.OCI_MANIFEST, Digest.sha256(new byte[] {(byte) number}), 100)
        .withArtifactType("application/vnd.example.signature");
  }

  private static byte[] list(OciDescriptor... referrers) {
    return OciWriter.write(ImageIndex.of(List.of(referrers)));
  }

  private IndexBuilder.BuiltIndex index(long spanSize) throws IOException {
    ConvertOptions options = ConvertOptions.DEFAULT.withSpanSize(spanSize).withMinLayerSize(50_000);
    try (LayoutSource layout = LayoutSource.open(Golden.LAYOUT)) {
      return new IndexBuilder(
              layout, options, ConvertProgress.NONE, Files.createTempDirectory(dir, "ztocs"))
          .build(Converter.images(layout, List.of()), SociIndex.Version.V1)
          .getFirst()
          .index()
          .orElseThrow();
    }
  }
}
