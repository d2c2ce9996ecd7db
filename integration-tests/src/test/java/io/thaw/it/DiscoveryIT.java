package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.Layer;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.ImageView;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.tree.TreeManifest;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The ways an image's index is found, and what happens when there is none.
class DiscoveryIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void findsAnIndexThatRefersToTheImage() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.golden("pax-6.tar.gz", node.fresh("layout"));
    node.push()
        .pushWithReferrer(
            image.dir(), node.registry().address() + "/image:1", TestImages.SMALL_SPANS);
    String reference = node.link().address() + "/image:1";
    node.startNode(NodeExtension.NO_FILL + NodeExtension.V1);

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).hasSize(1);
    try (ImageView view = node.containerd().view(image.chainId(), node.dir("view"))) {
      assertThat(TreeManifest.of(view.root()).lines()).hasSizeGreaterThan(100);
    }
  }

  @Test
  void takesTheIndexThatIsNamedByItsDigest() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.golden("pax-6.tar.gz", node.fresh("layout"));
    Digest index =
        node.push()
            .pushWithReferrer(
                image.dir(), node.registry().address() + "/image:1", TestImages.SMALL_SPANS);
    node.startNode(NodeExtension.NO_FILL);
    Layer layer = image.layers().getFirst();
    try (SnapshotsClient snapshots = new SnapshotsClient(node.thawd().socket())) {
      Map<String, String> labels =
          Map.of(
              "containerd.io/snapshot.ref",
              layer.diffId(),
              "containerd.io/snapshot/cri.image-ref",
              node.link().address() + "/image:1",
              "containerd.io/snapshot/cri.manifest-digest",
              image.manifestDigest(),
              "containerd.io/snapshot/cri.layer-digest",
              layer.digest(),
              "containerd.io/snapshot/cri.image-layers",
              layer.digest(),
              "containerd.io/snapshot/remote/soci.index.digest",
              index.toString());
      assertThat(snapshots.prepareRemote("extract-1", "", labels)).isTrue();
    }
    assertThat(node.thawd().lazyMounts()).hasSize(1);
  }

  @Test
  void leavesAnImageWithoutIndexToContainerdAndSaysWhy() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    node.push().push(image.dir(), node.registry().address() + "/plain:1");
    String reference = node.link().address() + "/plain:1";
    node.startNode("");

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).isEmpty();
    assertThat(node.thawd().log()).contains("no SOCI index");
    Pod pod = node.containerd().cri().runPod();
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
    try (ImageView ours = node.containerd().view(image.chainId(), node.dir("ours"));
        ImageView plain =
            node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
      assertThat(TreeManifest.of(plain.root()).differencesTo(TreeManifest.of(ours.root())))
          .isEmpty();
    }
  }
}
