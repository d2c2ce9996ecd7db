package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// nerdctl, as far as a snapshotter sees it: the labels it sends to a plugin named `soci`.
class NerdctlLabelsIT {
  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void servesAllLayersWhenTheUserNamesNoIndex() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = ImageLayout.read(TestImages.goldenDir().resolve("layout"));
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    node.push().push(converted, node.registry().address() + "/image:1");
    node.startNode(NodeExtension.NO_FILL);

    assertAllLazy(image, "");
  }

  @Test
  void servesAllLayersByTheIndexTheUserNames() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = ImageLayout.read(TestImages.goldenDir().resolve("layout"));
    Digest index =
        node.push()
            .pushWithReferrer(
                image.dir(), node.registry().address() + "/image:1", TestImages.SMALL_SPANS);
    node.startNode(NodeExtension.NO_FILL);

    assertAllLazy(image, index.toString());
  }

  private void assertAllLazy(ImageLayout image, String indexDigest) throws IOException {
    String reference = node.link().address() + "/image:1";
    try (SnapshotsClient snapshots =
        new SnapshotsClient(node.thawd().socket(), "default", "soci")) {
      String parent = "";
      for (int i = 0; i < image.layers().size(); i++) {
        var labels = LayerLabels.nerdctl(reference, image, i, indexDigest);
        assertThat(snapshots.prepareRemote("extract-" + i, parent, labels))
            .as("layer %d", i)
            .isTrue();
        parent = committedName(snapshots, image.chainId(i));
      }
    }
    assertThat(node.thawd().lazyMounts()).hasSize(image.layers().size());
  }

  /// As containerd finds the snapshot that was made: by its label.
  private static String committedName(SnapshotsClient snapshots, String chainId) {
    return snapshots.list("labels.\"containerd.io/snapshot.ref\"==" + chainId).getFirst().getName();
  }
}
