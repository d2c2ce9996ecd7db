package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.node.Await;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.ImageView;
import io.thaw.it.tree.TreeManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Images that are fetched whole and unpacked by the daemon, on a real containerd.
class EagerPullIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String FALLBACK =
      "[pull_modes.parallel_pull_unpack]\nexperimental_parallel_pull_as_fallback = true\n";
  private static final String ALWAYS = "[pull_modes.parallel_pull_unpack]\nenable = true\n";
  private static final String KEPT = "kept zTOCs made while pulling";

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void anImageWithoutIndexIsWhatOverlayfsUnpacks() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    String reference = push(image, "/debian:1");
    node.startNode(FALLBACK);

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).isEmpty();
    String content = node.containerd().ctr("content", "ls", "-q");
    for (Layer layer : image.layers()) {
      assertThat(content).as("containerd fetched a layer").doesNotContain(layer.digest());
    }
    assertThat(node.thawd().log()).doesNotContain("deferring to container runtime");
    Pod pod = node.containerd().cri().runPod();
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
    node.assertSameAsOverlayfs(image, reference);
  }

  @Test
  void itsNextPullOnThisNodeIsLazy() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    String reference = push(image, "/debian:1");
    node.startNode(FALLBACK + "[fill]\nenable = false\n");
    node.containerd().cri().pull(reference, null);
    Await.until(LIMIT, "zTOCs to be kept", () -> node.thawd().log().contains(KEPT));
    node.containerd().cri().removeImage(reference);
    Await.until(LIMIT, "the layers to go", () -> node.thawd().layerDirs().isEmpty());
    long before = node.link().bytesDown();

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).as("layers of 10 MiB or more are lazy").hasSize(4);
    assertThat(node.thawd().log()).contains("its zTOC was made on this node");
    assertThat(node.link().bytesDown() - before).isLessThan(image.compressedBytes() / 2);
    Pod pod = node.containerd().cri().runPod();
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
    node.assertSameAsOverlayfs(image, reference);
  }

  @Test
  void parallelModeUnpacksAnIndexedImageByItsZtocs() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    node.push().push(converted, node.registry().address() + "/debian:1");
    String reference = node.link().address() + "/debian:1";
    node.startNode(ALWAYS);

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).isEmpty();
    assertThat(node.thawd().log())
        .contains("pull_modes.parallel_pull_unpack is enabled")
        .doesNotContain("cannot be unpacked by its zTOC")
        .doesNotContain("deferring to container runtime");
    node.assertSameAsOverlayfs(image, reference);
  }

  @Test
  void aConfigurationWithAWrongDiffIdIsRefusedAndSaysSo() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.golden("gnu-6.tar.gz", node.fresh("layout"));
    String lied = image.layers().getFirst().diffId();
    Path wrong = LyingLayout.withDiffId(image, lied, "sha256:" + "5".repeat(64));
    node.push().push(wrong, node.registry().address() + "/wrong:1");
    String reference = node.link().address() + "/wrong:1";
    node.startNode(FALLBACK);

    Exception failure = null;
    try {
      node.containerd().cri().pull(reference, null);
    } catch (RuntimeException e) {
      failure = e;
    }

    assertThat(failure).as("containerd's own unpack finds the same").isNotNull();
    assertThat(node.thawd().log())
        .contains("deferring to container runtime")
        .contains("has the digest " + lied + " instead of sha256:5555");
    Await.until(LIMIT, "nothing to be left of it", () -> node.thawd().layerDirs().isEmpty());
  }

  @Test
  void aDecompressorOfTheOperatorsUnpacksTheSame() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.golden("gnu-6.tar.gz", node.fresh("layout"));
    String reference = push(image, "/golden:1");
    node.startNode(
        FALLBACK
            + """
            [pull_modes.parallel_pull_unpack.decompress_streams.gzip]
            path = "/bin/gzip"
            args = ["-d", "-c"]
            """);

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().log()).doesNotContain("deferring to container runtime");
    assertGoldenAsOverlayfs(image, reference);
  }

  private String push(ImageLayout image, String name) throws IOException {
    node.push().push(image.dir(), node.registry().address() + name);
    return node.link().address() + name;
  }

  private void assertGoldenAsOverlayfs(ImageLayout image, String reference) throws IOException {
    Path archive = TestImages.goldenDir().resolve("gnu-6.tar.gz");
    try (ImageView ours = node.containerd().view(image.chainId(), node.dir("ours"));
        ImageView plain =
            node.containerd().plainView(reference, image.chainId(), node.dir("plain"));
        PlainUnpack names = PlainUnpack.of(List.of(archive), node.dir("unpacked"))) {
      TreeManifest expected = names.withoutUnknownTimes(TreeManifest.of(plain.root()));
      TreeManifest actual = names.withoutUnknownTimes(TreeManifest.of(ours.root()));
      assertThat(expected.lines()).hasSizeGreaterThan(1);
      assertThat(expected.differencesTo(actual)).isEmpty();
      assertThat(actual.lines()).hasSameSizeAs(expected.lines());
    }
  }
}
