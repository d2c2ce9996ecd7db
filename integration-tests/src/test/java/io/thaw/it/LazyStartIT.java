package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.LinkRate;
import io.thaw.it.node.Await;
import io.thaw.it.node.ContainerdRelease;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.Mounts;
import io.thaw.it.run.TimedRun;
import io.thaw.it.run.TimedRun.Traffic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The main job from the pull to the last byte.
class LazyStartIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @RegisterExtension private final NodeExtension node = new NodeExtension(release());

  ContainerdRelease release() {
    return ContainerdRelease.HOST;
  }

  @Test
  void startsLongBeforeTheImageIsThereAndSettlesAfterwards() throws IOException {
    node.startRegistry(new LinkRate(200, 10));
    ImageLayout image = TestImages.debian();
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, ConvertOptions.DEFAULT);
    node.push().push(converted, node.registry().address() + "/debian:1");
    node.startNode("");
    String reference = node.link().address() + "/debian:1";

    Pod pod = node.containerd().cri().runPod();
    TimedRun run =
        TimedRun.of(
            node.containerd(),
            pod,
            reference,
            null,
            new Traffic(node.link()::bytesDown, node.link()::requests),
            LIMIT);

    assertThat(run.container().log().text()).startsWith(DebianImage.OUTPUT);
    assertThat(node.thawd().lazyMounts()).as("layers of 10 MiB or more are lazy").hasSize(4);
    assertThat(run.bytesAtReady()).isLessThan(image.compressedBytes() * 7 / 10);

    Await.until(LIMIT, "4 layers to settle", () -> node.thawd().settledLayers() >= 4);
    assertThat(node.link().bytesDown())
        .as("nothing is fetched twice")
        .isLessThan(image.compressedBytes() * 12 / 10);

    String output = node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT);
    assertThat(output).startsWith(DebianImage.OUTPUT);
  }

  @Test
  void newContainersOfASettledImageMountOrdinaryDirectories() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = pushDebian(ConvertOptions.DEFAULT);
    node.startNode("[fill]\nstart_delay_msec = 1\n");
    node.containerd().cri().pull(reference, null);
    Await.until(LIMIT, "4 layers to settle", () -> node.thawd().settledLayers() >= 4);

    Pod pod = node.containerd().cri().runPod();
    var container = node.containerd().cri().create(pod, reference, List.of("/bin/sleep", "1000"));
    node.containerd().cri().start(container.id());
    Path rootfs = node.containerd().rootfs(container.id());
    String options = Mounts.under(rootfs).getFirst().superOptions();
    List<Path> lowers = Mounts.lowerDirs(options);

    assertThat(lowers).hasSize(5);
    List<Path> lazy = node.thawd().lazyMounts().stream().map(Mounts.Entry::mountpoint).toList();
    assertThat(lowers).doesNotContainAnyElementsOf(lazy);
  }

  @Test
  void unpacksLayersWithoutIndexItselfInAnIndexedImage() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    String reference = pushDebian(ConvertOptions.DEFAULT.withMinLayerSize(20_000_000));
    node.startNode(NodeExtension.NO_FILL);
    Pod pod = node.containerd().cri().runPod();
    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).hasSize(2);
    String content = node.containerd().ctr("content", "ls", "-q");
    for (var layer : image.layers()) {
      assertThat(content).as("containerd fetched a layer").doesNotContain(layer.digest());
    }
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
  }

  @Test
  void removingTheImageRemovesItsLayers() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = pushDebian(ConvertOptions.DEFAULT);
    node.startNode("");
    node.containerd().cri().pull(reference, null);
    assertThat(node.thawd().layerDirs()).hasSize(5);

    node.containerd().cri().removeImage(reference);
    Await.until(LIMIT, "the layers to go", () -> node.thawd().layerDirs().isEmpty());
    assertThat(node.thawd().lazyMounts()).isEmpty();
  }

  private String pushDebian(ConvertOptions options) throws IOException {
    Path converted = node.fresh("converted");
    ImagePush.convert(TestImages.debian().dir(), converted, options);
    node.push().push(converted, node.registry().address() + "/debian:1");
    return node.link().address() + "/debian:1";
  }
}
