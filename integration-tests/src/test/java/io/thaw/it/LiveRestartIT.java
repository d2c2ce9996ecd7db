package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.fuse.handover.Keeper;
import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.LinkRate;
import io.thaw.it.node.Await;
import io.thaw.it.node.CriClient.CreatedContainer;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Containers run on while daemons come and go. `-Dthaw.kills=200` lets more of them die.
class LiveRestartIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int KILLS = Integer.getInteger("thaw.kills", 6);

  /// Reads the file from its daemon again and again, past the page cache; says how long the slowest
  /// read took and whether a sum was ever another than the first, or a read failed.
  private static final String READER =
      """
      import hashlib, os, sys, time
      path, first, rounds, slowest = sys.argv[1], None, 0, 0.0
      while True:
          try:
              fd = os.open(path, os.O_RDONLY)
              os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
              digest, offset = hashlib.sha256(), 0
              while True:
                  start = time.monotonic()
                  piece = os.pread(fd, 65536, offset)
                  slowest = max(slowest, time.monotonic() - start)
                  if not piece:
                      break
                  digest.update(piece)
                  offset += len(piece)
              os.close(fd)
              first = first or digest.hexdigest()
              print("same" if digest.hexdigest() == first else "OTHER BYTES",
                    rounds, "%.3f" % slowest, first, flush=True)
              rounds += 1
          except OSError as e:
              print("FAILED", e, flush=True)
              time.sleep(0.2)
      """;

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void aContainerReadsOnWhileTheDaemonIsKilledAgainAndAgain() throws IOException {
    String reference = start(NodeExtension.NO_FILL, new LinkRate(400, 2));
    CreatedContainer reader = reader(reference);
    long seed = Long.getLong("thaw.seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    awaitRounds(reader, 1);

    for (int kill = 0; kill < KILLS; kill++) {
      Await.pause(Duration.ofMillis(random.nextInt(800)));
      node.thawd().kill();
      Await.pause(Duration.ofMillis(random.nextInt(300)));
      node.restartThawd();
      awaitRounds(reader, rounds(reader) + 2);
    }

    System.out.println("after " + KILLS + " kills: " + lastLine(reader));
    assertThat(reader.log().text()).doesNotContain("FAILED").doesNotContain("OTHER");
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
  }

  @Test
  void aReadThatTheDaemonHadBegunIsAnsweredByTheNext() throws IOException {
    String reference = start(NodeExtension.NO_FILL, NodeExtension.FAST);
    CreatedContainer sleeper =
        node.containerd().cri().create(pod, reference, List.of("/bin/sleep", "1000"));
    node.containerd().cri().start(sleeper.id());
    node.link().cut();
    CreatedContainer reader = reader(reference);
    Await.pause(Duration.ofSeconds(2));
    assertThat(reader.log().text()).as("nothing can be fetched").isEmpty();

    node.thawd().kill();
    node.link().mend();
    node.restartThawd();

    awaitRounds(reader, 2);
    assertThat(reader.log().text()).doesNotContain("FAILED").doesNotContain("OTHER");
  }

  @Test
  void aContainerOfASettledLayerIsServedToo() throws IOException {
    String reference = start("[fill]\nstart_delay_msec = 3000\n", NodeExtension.FAST);
    CreatedContainer reader = reader(reference);
    awaitRounds(reader, 1);
    Await.until(LIMIT, "5 layers to settle", () -> node.thawd().settledLayers() >= 5);

    node.thawd().kill();
    node.restartThawd();

    awaitRounds(reader, rounds(reader) + 2);
    assertThat(reader.log().text()).doesNotContain("FAILED").doesNotContain("OTHER");
  }

  @Test
  void aStopThatIsNotForGoodLeavesMountsAndOneForGoodEndsThem() throws IOException {
    String reference = start(NodeExtension.NO_FILL, NodeExtension.FAST);
    List<Mounts.Entry> mounts = node.thawd().lazyMounts();
    assertThat(node.thawd().stop()).isIn(0, 143);
    assertThat(Mounts.fuseUnder(node.thawd().root())).isEqualTo(mounts).isNotEmpty();

    node.restartThawd();
    assertThat(node.thawd().lazyMounts()).isEqualTo(mounts);
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);

    assertThat(node.thawd().interrupt()).isIn(0, 130);
    assertThat(Mounts.fuseUnder(node.thawd().root())).isEmpty();
    assertThat(Keeper.find(node.thawd().root().toRealPath())).isEmpty();

    node.restartThawd();
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
  }

  private Pod pod;

  private String start(String config, LinkRate rate) throws IOException {
    node.startRegistry(rate);
    ImageLayout image = TestImages.debian();
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, ConvertOptions.DEFAULT.withMinLayerSize(0));
    node.push().push(converted, node.registry().address() + "/image:1");
    node.startNode(config);
    String reference = node.link().address() + "/image:1";
    node.containerd().cri().pull(reference, null);
    pod = node.containerd().cri().runPod();
    return reference;
  }

  private CreatedContainer reader(String reference) throws IOException {
    CreatedContainer reader =
        node.containerd()
            .cri()
            .create(pod, reference, List.of("/usr/bin/python3", "-c", READER, "/odd/random"));
    node.containerd().cri().start(reader.id());
    return reader;
  }

  private void awaitRounds(CreatedContainer reader, int wanted) throws IOException {
    Await.until(LIMIT, wanted + " rounds of the reader", () -> rounds(reader) >= wanted);
  }

  private static int rounds(CreatedContainer reader) throws IOException {
    return (int) reader.log().text().lines().count();
  }

  private static String lastLine(CreatedContainer reader) throws IOException {
    return reader.log().text().lines().reduce("", (_, line) -> line);
  }
}
