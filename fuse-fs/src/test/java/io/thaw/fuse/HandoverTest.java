package io.thaw.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.fuse.backend.FuseBackends;
import io.thaw.fuse.handover.Keeper;
import io.thaw.fuse.handover.KeeperStore;
import io.thaw.fuse.sys.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Mounts that go from one backend to the next.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandoverTest {
  @TempDir Path directory;
  private Path root;
  private Path mountpoint;

  @BeforeEach
  void makeRoot() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting needs root");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "mounting needs /dev/fuse");
    root = Files.createDirectory(directory.resolve("ro:ot")).toRealPath();
    mountpoint = Files.createDirectories(root.resolve("snap shots/7")).toRealPath();
  }

  @AfterEach
  void leaveNothing() throws IOException {
    Keeper.find(root).ifPresent(ProcessHandle::destroyForcibly);
    for (Mounts.Entry mount : Mounts.list().reversed()) {
      if (mount.mountpoint().startsWith(root.toString())) {
        Mounts.unmount(Path.of(mount.mountpoint()), Mounts.MNT_DETACH);
      }
    }
  }

  private FuseBackend open() throws IOException {
    return FuseBackends.open("kernel", KeeperStore.open(Keeper.of(root)), root, new FuseCounters());
  }

  private static LayerFilesystem filesystem(TestLayer layer, LayerContent content) {
    return new LayerFilesystem("layer", layer.tree(), content);
  }

  private static FuseHandover handover(FuseBackend backend) {
    return backend.handover().orElseThrow();
  }

  private static void leave(FuseBackend backend) throws IOException {
    handover(backend).leave();
    backend.close();
  }

  private static byte[] tar(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return new TarFile().dir("d", 0755).file("d/f", 0644, content).file("g", 0600, content).end();
  }

  private CompletableFuture<String> shell(String script) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Shell.sh("cd " + "'" + mountpoint + "'; " + script);
          } catch (IOException e) {
            return e.toString();
          }
        });
  }

  @Test
  void aReadThatFindsNoDaemonWaitsForTheNext() throws Exception {
    TestLayer layer = TestLayer.of(tar(200_000));
    FuseBackend first = open();
    first.mount(filesystem(layer, new MemoryContent(layer)), mountpoint, MountOptions.defaults());
    String expected = shell("cksum d/f").get(60, TimeUnit.SECONDS);
    leave(first);
    CompletableFuture<String> reader = shell("cksum g; ls -l | wc -l");
    try (FuseBackend second = open()) {
      assertThat(handover(second).adoptable()).containsExactly(mountpoint);
      assertThat(handover(second).adopt(filesystem(layer, new MemoryContent(layer)), mountpoint))
          .isPresent();
      assertThat(reader.get(60, TimeUnit.SECONDS).replace("g", "d/f")).isEqualTo(expected + "\n3");
      assertThat(shell("cksum d/f").get(60, TimeUnit.SECONDS)).isEqualTo(expected);
    }
    assertThat(Keeper.find(root)).as("ended with the last backend").isEmpty();
  }

  @Test
  void aReadThatTheOldDaemonHadBegunIsAnsweredByTheNext() throws Exception {
    assumeTrue(resends(), "the kernel cannot send requests again");
    TestLayer layer = TestLayer.of(tar(100_000));
    FuseBackend first = open();
    MemoryContent away = new MemoryContent(layer);
    away.absentNode = layer.tree().lookup(layer.tree().root(), new byte[] {'g'}, 0, 1);
    first.mount(filesystem(layer, away), mountpoint, MountOptions.defaults());
    CompletableFuture<String> reader = shell("cksum < g");
    away.somebodyWaits.await();
    leave(first);
    assertThat(reader).isNotDone();
    try (FuseBackend second = open()) {
      handover(second).adopt(filesystem(layer, new MemoryContent(layer)), mountpoint);
      assertThat(reader.get(60, TimeUnit.SECONDS))
          .isEqualTo(shell("cksum < d/f").get(60, TimeUnit.SECONDS));
    }
  }

  /// FUSE_NOTIFY_RESEND came with Linux 6.9.
  private static boolean resends() {
    String[] version = System.getProperty("os.version").split("[.-]", -1);
    int major = Integer.parseInt(version[0]);
    return major > 6 || (major == 6 && Integer.parseInt(version[1]) >= 9);
  }

  @Test
  void whatNobodyAdoptsIsGivenUp() throws Exception {
    TestLayer layer = TestLayer.of(tar(1000));
    FuseBackend first = open();
    first.mount(filesystem(layer, new MemoryContent(layer)), mountpoint, MountOptions.defaults());
    leave(first);
    try (FuseBackend second = open()) {
      CompletableFuture<String> reader = shell("cat d/f");
      handover(second).dropAdoptable();
      assertThat(reader.get(60, TimeUnit.SECONDS)).contains("exited with");
      assertThat(handover(second).adoptable()).isEmpty();
    }
  }

  @Test
  void aMountThatIsClosedIsNotLeftToAnybody() throws Exception {
    TestLayer layer = TestLayer.of(tar(1000));
    FuseBackend first = open();
    first
        .mount(filesystem(layer, new MemoryContent(layer)), mountpoint, MountOptions.defaults())
        .close();
    leave(first);
    try (FuseBackend second = open()) {
      assertThat(handover(second).adoptable()).isEmpty();
    }
  }

  @Test
  void goesThroughManyDaemons() throws Exception {
    TestLayer layer = TestLayer.of(tar(50_000));
    FuseBackend backend = open();
    backend.mount(filesystem(layer, new MemoryContent(layer)), mountpoint, MountOptions.defaults());
    String expected = shell("cat d/f g | cksum").get(60, TimeUnit.SECONDS);
    CompletableFuture<String> readers =
        shell("for i in $(seq 200); do dd if=g iflag=direct bs=4k status=none | cksum; done");
    for (int life = 0; life < 20; life++) {
      leave(backend);
      backend = open();
      assertThat(handover(backend).adopt(filesystem(layer, new MemoryContent(layer)), mountpoint))
          .isPresent();
    }
    assertThat(readers.get(100, TimeUnit.SECONDS).lines().distinct()).hasSize(1);
    assertThat(shell("cat d/f g | cksum").get(60, TimeUnit.SECONDS)).isEqualTo(expected);
    backend.close();
    assertThat(Mounts.list()).noneMatch(m -> m.mountpoint().equals(mountpoint.toString()));
  }
}
