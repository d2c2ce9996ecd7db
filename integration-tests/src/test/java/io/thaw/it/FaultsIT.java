package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.net.LinkRate;
import io.thaw.it.node.Await;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.ImageView;
import io.thaw.it.node.Mounts;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What goes wrong around the daemon, and what a container sees of it.
class FaultsIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void aReadWaitsForARegistryThatDiesAndComesBack() throws IOException {
    node.startRegistry(new LinkRate(50, 5));
    ImageLayout image = TestImages.debian();
    String reference = push(image);
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);
    try (ImageView view = node.containerd().view(image.chainId(), node.dir("view"))) {
      long before = node.link().bytesDown();
      CompletableFuture<byte[]> read = readInBackground(view.root().resolve("odd/random"));
      Await.until(
          LIMIT, "the read to be under way", () -> node.link().bytesDown() > before + 1_000_000);
      node.link().cut();
      long atCut = node.link().requests();
      assertThat(read).isNotDone();
      node.link().mend();

      byte[] bytes = read.join();
      assertThat(bytes).hasSize(12_000_000);
      assertThat(node.link().requests()).isGreaterThan(atCut);
      try (ImageView plain =
          node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
        assertThat(bytes).isEqualTo(Files.readAllBytes(plain.root().resolve("odd/random")));
      }
    }
  }

  @Test
  void aSpanWithAFlippedByteIsNeverServedAndOthersAre() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    String reference = push(image);
    Layer odd = image.layers().get(3);
    flipByte(node.registry().blobFile(odd.digest().substring(7)), odd.sizeBytes() * 3 / 4);
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);
    try (ImageView view = node.containerd().view(image.chainId(), node.dir("view"))) {
      Path odds = view.root().resolve("odd");
      assertThatThrownBy(() -> Files.readAllBytes(odds.resolve("random")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Input/output error");
      assertThat(Files.readString(odds.resolve("link1"))).isEqualTo("linked\n");
      assertThat(Files.readString(odds.resolve("attrs"))).isEqualTo("x\n");
    }
    assertThat(node.thawd().log()).contains(odd.digest());
    Pod pod = node.containerd().cri().runPod();
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
  }

  @Test
  void aDaemonThatWasKilledStartsOverItsStaleMounts() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.debian());
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);
    node.thawd().kill();
    assertThat(Mounts.fuseUnder(node.thawd().root())).as("stale mounts").hasSize(5);

    node.restartThawd();

    assertThat(node.thawd().lazyMounts()).hasSize(5);
    Pod pod = node.containerd().cri().runPod();
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
  }

  @Test
  void aDaemonThatIsStoppedEndsCleanlyAndGoesOnWhereItWas() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push(TestImages.debian());
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);
    Pod pod = node.containerd().cri().runPod();
    node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT);
    long fetched = node.link().bytesDown();

    assertThat(node.thawd().stop()).isIn(0, 143);
    node.restartThawd();

    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
    assertThat(node.link().bytesDown() - fetched)
        .as("spans fetched before the restart are still there")
        .isLessThan(fetched / 4);
  }

  private static CompletableFuture<byte[]> readInBackground(Path file) {
    CompletableFuture<byte[]> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                result.complete(Files.readAllBytes(file));
              } catch (IOException e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  private static void flipByte(Path file, long offset) throws IOException {
    try (RandomAccessFile blob = new RandomAccessFile(file.toFile(), "rw")) {
      blob.seek(offset);
      int value = blob.read();
      blob.seek(offset);
      blob.write(value ^ 0x10);
    }
  }

  private String push(ImageLayout image) throws IOException {
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, ConvertOptions.DEFAULT.withMinLayerSize(0));
    node.push().push(converted, node.registry().address() + "/image:1");
    return node.link().address() + "/image:1";
  }
}
