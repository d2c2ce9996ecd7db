package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.node.Await;
import io.thaw.it.node.ContainerdRelease;
import io.thaw.it.node.CriClient.CreatedContainer;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.ImageView;
import io.thaw.it.tree.TreeManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What our snapshotter shows is what containerd's overlayfs snapshotter unpacks, entry by entry.
class RootfsComparisonIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private static final String ALL_AT_ONCE = "[snapshotter]\nmin_layer_size = 1000000000000\n";
  private static final Pattern MOUNTPOINT =
      Pattern.compile("(\\.|etc|proc|sys|dev|etc/(hosts|hostname|resolv\\.conf)|dev/\\S*) ");

  @RegisterExtension private final NodeExtension node = new NodeExtension(release());

  private ImageLayout image;

  ContainerdRelease release() {
    return ContainerdRelease.HOST;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gnu-6.tar.gz",
        "gnu-pigzi.tar.gz",
        "gnu.tar",
        "pax-1.tar.gz",
        "pax-9.tar.gz",
        "pax-multi.tar.gz",
        "pax-stored.tar.gz",
        "tiny-6.tar.gz",
        "tiny.tar"
      })
  void aGoldenLayerIsTheSameWhileLazy(String layer) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.golden(layer, node.fresh("layout")));
    node.startNode(NodeExtension.NO_FILL);

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).hasSize(1);
    assertGolden(List.of(TestImages.goldenDir().resolve(layer)));
  }

  @Test
  void aGoldenImageOfFourLayersIsTheSameWhileLazy() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(ImageLayout.read(TestImages.goldenDir().resolve("layout")));
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);
    assertThat(node.thawd().lazyMounts()).hasSize(4);
    List<Path> layers = new ArrayList<>();
    for (Layer layer : image.layers()) {
      layers.add(image.blobFile(layer.digest()));
    }

    assertGolden(layers);
  }

  // Only of layers whose attributes a real filesystem takes can there be an ordinary directory.
  @ParameterizedTest
  @ValueSource(strings = {"gnu-6.tar.gz", "gnu-pigzi.tar.gz", "gnu.tar"})
  void aGoldenLayerIsTheSameOnceSettled(String layer) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.golden(layer, node.fresh("layout")));
    node.startNode("[fill]\nstart_delay_msec = 1\n");
    node.containerd().cri().pull(reference, null);
    Await.until(LIMIT, "the layer to settle", () -> node.thawd().settledLayers() >= 1);

    Path archive = TestImages.goldenDir().resolve(layer);
    try (ImageView ours = node.containerd().view(image.chainId(), node.dir("ours"));
        ImageView plain =
            node.containerd().plainView(reference, image.chainId(), node.dir("plain"));
        PlainUnpack names = PlainUnpack.of(List.of(archive), node.dir("unpacked"))) {
      TreeManifest expected = names.withoutUnknownTimes(TreeManifest.of(plain.root()));
      assertThat(expected.differencesTo(names.withoutUnknownTimes(TreeManifest.of(ours.root()))))
          .isEmpty();
    }
  }

  @Test
  void aDebianImageIsTheSameWhileLazy() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.debian());
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);
    assertThat(node.thawd().lazyMounts()).hasSize(5);

    node.assertSameAsOverlayfs(image, reference);
  }

  @Test
  void aDebianImageIsTheSameOnceSettled() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.debian());
    node.startNode("[fill]\nstart_delay_msec = 1\n");
    node.containerd().cri().pull(reference, null);
    Await.until(LIMIT, "5 layers to settle", () -> node.thawd().settledLayers() >= 5);

    node.assertSameAsOverlayfs(image, reference);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gnu-6.tar.gz",
        "gnu.tar",
        "pax-1.tar.gz",
        "pax-9.tar.gz",
        "pax-multi.tar.gz",
        "pax-stored.tar.gz",
        "tiny-6.tar.gz"
      })
  void aGoldenLayerIsTheSameUnpackedAtOnce(String layer) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.golden(layer, node.fresh("layout")));
    node.startNode(ALL_AT_ONCE);
    node.containerd().cri().pull(reference, null);
    assertThat(node.thawd().lazyMounts()).isEmpty();

    assertGolden(List.of(TestImages.goldenDir().resolve(layer)));
  }

  @Test
  void aDebianImageIsTheSameUnpackedAtOnce() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.debian());
    node.startNode(ALL_AT_ONCE);
    node.containerd().cri().pull(reference, null);
    assertThat(node.thawd().lazyMounts()).isEmpty();
    assertThat(node.thawd().log()).contains("local snapshot successfully prepared");

    node.assertSameAsOverlayfs(image, reference);
  }

  /// What a running container has as its root, mounted by containerd and runc themselves.
  @ParameterizedTest
  @ValueSource(strings = {NodeExtension.NO_FILL, ALL_AT_ONCE})
  void aContainersRootIsTheSame(String config) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.debian());
    node.startNode(config);
    node.containerd().cri().pull(reference, null);
    Pod pod = node.containerd().cri().runPod();
    CreatedContainer container =
        node.containerd().cri().create(pod, reference, List.of("/bin/sleep", "100000"));
    node.containerd().cri().start(container.id());
    try (ImageView plain =
        node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
      TreeManifest expected = withoutMountpoints(TreeManifest.of(plain.root()));
      TreeManifest actual =
          withoutMountpoints(TreeManifest.of(node.containerd().rootfs(container.id())));
      assertThat(expected.differencesTo(actual)).isEmpty();
      assertThat(actual.lines()).hasSizeGreaterThan(1_000).hasSameSizeAs(expected.lines());
    }
  }

  /// The tree without what runc makes to mount something on, and the directories that changes.
  private static TreeManifest withoutMountpoints(TreeManifest manifest) {
    return new TreeManifest(
        manifest.lines().stream().filter(line -> !MOUNTPOINT.matcher(line).lookingAt()).toList());
  }

  /// As [NodeExtension#assertSameAsOverlayfs], for layers that containerd itself refuses for
  /// their file capability.
  private void assertGolden(List<Path> layers) throws IOException {
    try (ImageView ours = node.containerd().view(image.chainId(), node.dir("ours"));
        PlainUnpack plain = PlainUnpack.of(layers, node.dir("plain"))) {
      TreeManifest expected = plain.comparable(TreeManifest.of(plain.root()));
      TreeManifest actual = plain.comparable(TreeManifest.of(ours.root()));
      assertThat(expected.differencesTo(actual)).isEmpty();
      assertThat(actual.lines()).hasSizeGreaterThan(20).hasSameSizeAs(expected.lines());
    }
  }

  private String push(ImageLayout pushed) throws IOException {
    image = pushed;
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    node.push().push(converted, node.registry().address() + "/image:1");
    return node.link().address() + "/image:1";
  }
}
