package io.thaw.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.fuse.backend.FuseBackends;
import io.thaw.fuse.kernel.KernelFuseBackend;
import io.thaw.fuse.kernel.KernelFuseSession;
import io.thaw.fuse.kernel.Opcode;
import io.thaw.fuse.sys.Mounts;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class KernelFilesystemTest extends LayerFilesystemTest {
  /// Reads around the page cache, so that every byte is asked of us.
  private static final String CHECKSUM =
      "find %s -type f -print0 | sort -z | xargs -0 -I F dd if=F iflag=direct bs=64k status=none |"
          + " cksum";

  @Override
  FuseBackend open() throws IOException {
    return FuseBackends.open("kernel");
  }

  @Test
  void theKernelAsksOnceForWhatNeverChanges() throws Exception {
    byte[] tar =
        new TarFile().dir("d", 0755).file("d/a", 0644, new byte[100_000]).symlink("d/l", "a").end();
    TestLayer layer = TestLayer.of(tar);
    KernelFuseSession session =
        (KernelFuseSession)
            backend.mount(
                new LayerFilesystem("quick", layer.tree(), new MemoryContent(layer), true),
                mountpoint,
                MountOptions.defaults());
    String script =
        "cd "
            + mountpoint
            + "; ls -lR >/dev/null; cat d/l >/dev/null; cat d/none 2>/dev/null || true";
    Shell.sh(script);
    long lookups = session.requestCount(Opcode.LOOKUP);
    long reads = session.requestCount(Opcode.READ);
    Shell.sh(script + "; " + script);
    assertThat(session.requestCount(Opcode.LOOKUP)).isEqualTo(lookups);
    assertThat(session.requestCount(Opcode.READ)).isEqualTo(reads);
    assertThat(session.requestCount(Opcode.READLINK)).isLessThanOrEqualTo(1);
    assertThat(session.requestCount(Opcode.GETXATTR)).isLessThanOrEqualTo(1);
    assertThat(session.requestCount(Opcode.OPENDIR)).isLessThanOrEqualTo(1);
  }

  @Test
  void randomLayersLookAsAPlainUnpackLeavesThem() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int shown = 0;
    for (int round = 0; round < 60; round++) {
      byte[] tar = randomTar(random);
      Toc toc = TestLayer.toc(tar);
      Path plain = Files.createDirectory(directory.resolve("plain" + round));
      try {
        PlainUnpack.unpack(tar, toc, plain);
      } catch (IOException e) {
        assertThatThrownBy(
                () -> LayerTree.of(toc), "seed %d round %d, the oracle says %s", seed, round, e)
            .isInstanceOf(IOException.class);
        continue;
      }
      try (FuseSession session = mount(TestLayer.of(tar))) {
        assertThat(TreeDump.of(session.mountpoint(), false))
            .as("seed %d round %d", seed, round)
            .containsExactlyEntriesOf(TreeDump.of(plain, false));
      }
      shown++;
    }
    assertThat(shown).as("layers that unpack, of seed %d", seed).isPositive();
  }

  private static byte[] randomTar(Random random) {
    TarFile tar = new TarFile();
    int entries = 1 + random.nextInt(12);
    List<String> used = new ArrayList<>(List.of("a"));
    for (int i = 0; i < entries; i++) {
      String name = randomPath(random);
      int mode = random.nextInt(010000);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> tar.file(name, mode, new byte[random.nextInt(3000)]);
        case 3, 4 -> tar.dir(name, mode);
        case 5 ->
            tar.symlink(name, random.nextBoolean() ? "/" + randomPath(random) : randomPath(random));
        case 6 -> tar.link(name, used.get(random.nextInt(used.size())));
        default ->
            tar.file(
                name.replaceFirst("[^/]*$", random.nextInt(4) == 0 ? ".wh..wh..opq" : ".wh.$0"),
                mode,
                new byte[0]);
      }
      used.add(name);
    }
    return tar.end();
  }

  private static String randomPath(Random random) {
    String[] parts = {"a", "b", "c", "d", "a", "b", ".", ".."};
    StringBuilder path = new StringBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      path.append(parts[random.nextInt(parts.length)]).append('/');
    }
    return path.append(parts[random.nextInt(6)]).toString();
  }

  @Test
  void readsComeInPiecesOfAMebibyte() throws Exception {
    byte[] tar = new TarFile().file("big", 0644, new byte[16 << 20]).end();
    KernelFuseSession session = (KernelFuseSession) mount(TestLayer.of(tar));
    assertThat(Shell.sh("cat " + mountpoint + "/big | wc -c"))
        .isEqualTo(Integer.toString(16 << 20));
    assertThat(session.requestCount(Opcode.READ)).isLessThanOrEqualTo(32);
  }

  @Test
  void noticesThatSomebodyElseUnmounted() throws Exception {
    FuseSession session = mount(TestLayer.golden("tiny.tar"));
    Mounts.unmount(mountpoint, 0);
    long end = System.nanoTime() + 30_000_000_000L;
    while (session.isOpen() && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(session.isOpen()).isFalse();
    session.close();
  }

  @Test
  void closingOneMountUnderLoadLeavesTheOthersAlone() throws Exception {
    TestLayer layer = TestLayer.golden("gnu.tar");
    Path steady = Files.createDirectory(directory.resolve("steady"));
    backend.mount(
        new LayerFilesystem("steady", layer.tree(), new MemoryContent(layer)),
        steady,
        MountOptions.defaults());
    String expected = Shell.sh(CHECKSUM.formatted(steady));
    CompletableFuture<String> load =
        CompletableFuture.supplyAsync(
            () -> quietly("for i in 1 2 3; do " + CHECKSUM.formatted(steady) + "; done"));
    int closed = 0;
    while (!load.isDone() || closed < 5) {
      Path at = Files.createDirectories(directory.resolve("brief"));
      FuseSession session =
          backend.mount(
              new LayerFilesystem("brief", layer.tree(), new MemoryContent(layer)),
              at,
              MountOptions.defaults());
      CompletableFuture<String> reader =
          CompletableFuture.supplyAsync(
              () -> quietly("cat " + at + "/d*/* > /dev/null 2>&1 || true"));
      assertThat(Shell.sh("wc -c < " + at + "/last")).isEqualTo("8");
      session.close();
      assertThat(reader.get(60, TimeUnit.SECONDS)).isEmpty();
      closed++;
    }
    assertThat(load.get(60, TimeUnit.SECONDS).lines()).hasSize(3).containsOnly(expected);
  }

  private static String quietly(String script) {
    try {
      return Shell.sh(script);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void isMountedWithATypeOfItsOwnAndTheLayersName() throws Exception {
    mount(TestLayer.golden("tiny.tar"));
    assertThat(Mounts.list())
        .anySatisfy(
            mount -> {
              assertThat(mount.mountpoint()).isEqualTo(mountpoint.toString());
              assertThat(mount.type()).isEqualTo(KernelFuseBackend.TYPE);
              assertThat(mount.source()).isEqualTo("thaw:test");
            });
  }

  @Test
  void serversOfManyMountsAreFewThreads() throws Exception {
    TestLayer layer = TestLayer.golden("tiny.tar");
    long before =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().startsWith("thaw-fuse"))
            .count();
    for (int i = 0; i < 20; i++) {
      Path at = Files.createDirectory(directory.resolve("t" + i));
      backend.mount(
          new LayerFilesystem("l" + i, layer.tree(), new MemoryContent(layer)),
          at,
          MountOptions.defaults());
    }
    assertThat(before).isBetween(2L, 4L);
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("thaw-fuse"))
                .count())
        .isEqualTo(before);
  }
}
