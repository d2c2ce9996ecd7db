package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.Ports;
import io.thaw.it.node.Await;
import io.thaw.it.node.Commands;
import io.thaw.it.node.CriClient.CreatedContainer;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.ImageView;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The daemon's disk runs full under a running container.
class DaemonFullDiskIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final long SIZE = 1L << 30;
  private static final String LISTING =
      "find usr odd/random -xdev -type f -size +0 ! -name '*.pyc' -print0"
          + " | LC_ALL=C sort -z | xargs -0 sha256sum";

  private static final String PROGRAM = "python3 -c 'import numpy; print(numpy.ones(2) + 1)'";

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void aContainerReadsOnWhileTheDiskIsFullAndTheImageSettlesWhenThereIsSpace() throws IOException {
    SmallDisk disk =
        node.own(
            SmallDisk.mount(node.fresh("disk.img"), node.setup().root().toAbsolutePath(), SIZE));
    // Less than the reserve from the beginning: nothing is filled in the background.
    disk.leave(40 << 20);
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    String reference = push(image);
    String metrics = "127.0.0.1:" + Ports.free();
    node.startNode("metrics_address = \"" + metrics + "\"\n[fill]\nstart_delay_msec = 1\n");
    node.containerd().cri().pull(reference, null);
    Pod pod = node.containerd().cri().runPod();
    CreatedContainer container =
        node.containerd().cri().create(pod, reference, List.of("/bin/sleep", "100000"));
    node.containerd().cri().start(container.id());
    assertThat(node.thawd().settledLayers()).isZero();
    disk.fill();

    String inside = run(container, LISTING);

    Await.until(LIMIT, "the disk to be full", () -> metric(metrics, "thaw_disk_level") == 2);
    Await.until(
        LIMIT,
        "spans from memory to be counted",
        () -> metric(metrics, "thaw_disk_memory_spans_total") > 0);
    assertThat(metric(metrics, "thaw_disk_memory_bytes")).isLessThanOrEqualTo(32 << 20);
    assertThat(node.thawd().log()).contains("the disk is full").contains("ENOSPC");
    try (ImageView plain =
        node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
      assertThat(inside).isEqualTo(plainListing(plain.root()));
    }
    assertThat(node.thawd().settledLayers()).isZero();
    assertThat(run(container, PROGRAM)).startsWith(DebianImage.OUTPUT);

    disk.makeSpace();

    Await.until(LIMIT, "the disk to be normal", () -> metric(metrics, "thaw_disk_level") == 0);
    Await.until(LIMIT, "5 layers to settle", () -> node.thawd().settledLayers() >= 5);
    assertThat(run(container, LISTING)).isEqualTo(inside);
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
  }

  private String run(CreatedContainer container, String command) throws IOException {
    var result =
        node.containerd()
            .cri()
            .exec(container.id(), List.of("/bin/sh", "-c", "cd / && " + command));
    String output = result.getStdout().toString(StandardCharsets.UTF_8);
    if (result.getExitCode() != 0) {
      throw new IOException(
          command
              + " ended with "
              + result.getExitCode()
              + ": "
              + result.getStderr().toString(StandardCharsets.UTF_8));
    }
    return output;
  }

  private static String plainListing(Path root) throws IOException {
    return Commands.run("/bin/sh", "-c", "cd '" + root + "' && " + LISTING);
  }

  private static double metric(String address, String name) throws IOException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + address + "/metrics")).build();
      for (String line :
          http.send(request, HttpResponse.BodyHandlers.ofString()).body().split("\n", -1)) {
        if (line.startsWith(name + " ")) {
          return Double.parseDouble(line.substring(name.length() + 1));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    throw new IOException("no metric " + name);
  }

  private String push(ImageLayout image) throws IOException {
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    node.push().push(converted, node.registry().address() + "/debian:1");
    return node.link().address() + "/debian:1";
  }
}
