package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.LargeImage;
import io.thaw.it.node.Await;
import io.thaw.it.node.ImageView;
import io.thaw.it.tree.TreeManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/// As `RootfsComparisonIT`, for an image of more than a gigabyte; takes minutes and gigabytes, so
/// it runs when asked: `./dev it --big`.
@EnabledIfSystemProperty(named = "thaw.big", matches = "true")
class LargeRootfsIT {
  private static final Duration LIMIT = Duration.ofMinutes(20);

  @RegisterExtension private final NodeExtension node = new NodeExtension();
  private ImageLayout image;

  @Test
  void aLargeImageIsTheSameWhileLazyAndOnceSettled() throws IOException {
    String reference = start("[fill]\nstart_delay_msec = 3600000\n");
    assertThat(node.thawd().lazyMounts()).hasSize(3);
    TreeManifest expected;
    try (ImageView plain =
        node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
      expected = TreeManifest.of(plain.root());
    }
    assertThat(expected.lines()).hasSizeGreaterThan(14_000);
    assertSame(expected, "lazy");
    // Reading has brought all there is to read; what is left is between the files.
    node.thawd().stop();
    node.restartThawdWith("[fill]\nstart_delay_msec = 1\n");
    Await.until(LIMIT, "3 layers to settle", () -> node.thawd().settledLayers() >= 3);

    assertSame(expected, "settled");
  }

  @Test
  void aLargeImageIsTheSameUnpackedAtOnce() throws IOException {
    String reference = start("[snapshotter]\nmin_layer_size = 1000000000000\n");
    assertThat(node.thawd().lazyMounts()).isEmpty();
    try (ImageView plain =
        node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
      assertSame(TreeManifest.of(plain.root()), "eager");
    }
  }

  private void assertSame(TreeManifest expected, String name) throws IOException {
    try (ImageView ours = node.containerd().view(image.chainId(), node.dir(name))) {
      TreeManifest actual = TreeManifest.of(ours.root());
      assertThat(expected.differencesTo(actual)).as(name).isEmpty();
      assertThat(actual.lines()).as(name).hasSameSizeAs(expected.lines());
    }
  }

  private String start(String config) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    image = LargeImage.write(node.dir("work"), node.fresh("layout"));
    assertThat(LargeImage.RAW_BYTES).isGreaterThan(1_000_000_000);
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS.withSpanSize(1 << 20));
    node.push().push(converted, node.registry().address() + "/large:1");
    node.startNode(config);
    String reference = node.link().address() + "/large:1";
    node.containerd().cri().pull(reference, null);
    return reference;
  }
}
