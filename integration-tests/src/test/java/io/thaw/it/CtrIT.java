package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.node.ContainerdRelease;
import io.thaw.it.node.CriClient.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The kubelet and `ctr` on the same images.
class CtrIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String THAW = "thaw";

  @RegisterExtension private final NodeExtension node = new NodeExtension(release());

  ContainerdRelease release() {
    return ContainerdRelease.HOST;
  }

  @Test
  void whatCriPulledLazilyRunsAndMountsUnderCtr() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    String reference = push(image);
    node.startNode(NodeExtension.NO_FILL);
    Pod pod = node.containerd().cri().runPod();
    node.containerd().cri().pull(reference, null);
    assertThat(node.thawd().lazyMounts()).hasSize(4);
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);

    assertThat(
            node.containerd()
                .ctr("run", "--rm", "--net-host", "--snapshotter", THAW, reference, "by-ctr"))
        .startsWith(DebianImage.OUTPUT);
    if (!release().version().equals(new ContainerdRelease.Version(1, 6))) {
      // That release's `ctr images mount` does not look at --snapshotter and takes overlayfs.
      assertMountedByCtr(reference);
    }
    assertNoLayerFetched("k8s.io", image);
  }

  @Test
  void ctrPullsAndRuns() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    String reference = push(image);
    node.startNode(NodeExtension.NO_FILL);

    node.containerd()
        .ctrIn("own", "images", "pull", "--plain-http", "--snapshotter", THAW, reference);

    if (release().version().major() >= 2) {
      assertThat(node.thawd().lazyMounts())
          .as("the transfer service says what it wants")
          .hasSize(4);
      assertNoLayerFetched("own", image);
    } else {
      assertThat(node.thawd().lazyMounts()).as("ctr of 1.x does not say what it wants").isEmpty();
    }
    assertThat(
            node.containerd()
                .ctrIn("own", "run", "--rm", "--net-host", "--snapshotter", THAW, reference, "one"))
        .startsWith(DebianImage.OUTPUT);
  }

  private void assertMountedByCtr(String reference) throws IOException {
    Path mounted = node.dir("by-ctr");
    node.containerd().ctr("images", "mount", "--snapshotter", THAW, reference, mounted.toString());
    assertThat(Files.readString(mounted.resolve("odd/link1"))).isEqualTo("linked\n");
    node.containerd().ctr("images", "unmount", "--rm", "--snapshotter", THAW, mounted.toString());
  }

  private void assertNoLayerFetched(String namespace, ImageLayout image) throws IOException {
    String content = node.containerd().ctrIn(namespace, "content", "ls", "-q");
    for (Layer layer : image.layers()) {
      assertThat(content).as("containerd fetched a layer").doesNotContain(layer.digest());
    }
  }

  private String push(ImageLayout image) throws IOException {
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, ConvertOptions.DEFAULT);
    node.push().push(converted, node.registry().address() + "/debian:1");
    return node.link().address() + "/debian:1";
  }
}
