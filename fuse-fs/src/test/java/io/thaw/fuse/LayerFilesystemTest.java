package io.thaw.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a mounted layer must do, whatever backend mounts it.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class LayerFilesystemTest {
  @TempDir Path directory;
  FuseBackend backend;
  Path mountpoint;

  abstract FuseBackend open() throws IOException;

  /// How many mounts at once; a backend that is slow to mount is asked for few.
  int manyMounts() {
    return 8;
  }

  /// Whether names that are not UTF-8 can be reached.
  boolean namesMayBeAnyBytes() {
    return true;
  }

  @BeforeEach
  void openBackend() throws IOException {
    assumeTrue(isRoot(), "mounting needs root");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "mounting needs /dev/fuse");
    backend = open();
    mountpoint = Files.createDirectory(directory.resolve("mnt")).toRealPath();
  }

  @AfterEach
  void leaveNothingMounted() throws IOException {
    try {
      if (backend != null) {
        backend.close();
      }
    } finally {
      for (Mounts.Entry mount : Mounts.list().reversed()) {
        if (mount.mountpoint().startsWith(directory.toRealPath().toString())) {
          Mounts.unmount(Path.of(mount.mountpoint()), Mounts.MNT_DETACH);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny.tar", "gnu.tar", "pax-6.tar.gz"})
  void showsWhatAPlainUnpackLeaves(String name) throws Exception {
    TestLayer layer = TestLayer.golden(name);
    Path plain = Files.createDirectory(directory.resolve("plain"));
    PlainUnpack.unpack(layer, plain);
    mount(layer);
    Map<String, String> expected = TreeDump.of(plain, false);
    assertThat(TreeDump.of(mountpoint, false))
        .hasSizeGreaterThan(20)
        .containsExactlyEntriesOf(expected);
    assertThatTimesMatch(layer, plain);
  }

  @Test
  void showsEveryOddityOfTarAsAPlainUnpackDoes() throws Exception {
    byte[] raw =
        namesMayBeAnyBytes()
            ? new byte[] {'o', 'd', 'd', '/', (byte) 0xff, (byte) 0xc0, 'n'}
            : PlainUnpack.bytes("odd/n");
    byte[] capability = {1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    byte[] tar =
        new TarFile()
            .dir("./", 0711)
            .dir("odd", 01777)
            .entry('0', raw, new byte[0], 04755, new byte[] {'x'})
            .entry('2', PlainUnpack.bytes("odd/link"), raw, 0777, new byte[0])
            .file("/absolute", 02755, new byte[513])
            .file("../../escape", 0644, new byte[1])
            .file("a/b/../c/./implicit", 0600, new byte[5000])
            .symlink("lib", "usr/lib")
            .file("lib/through-link", 0644, new byte[10])
            .symlink("up", "../../outside")
            .file("up/inside", 0644, new byte[10])
            .file("replaced", 0644, new byte[10])
            .link("survivor", "replaced")
            .dir("replaced", 0700)
            .file("replaced/x", 0644, new byte[0])
            .dir("gone", 0700)
            .file("gone/x", 0644, new byte[2000])
            .symlink("gone", "survivor")
            .link("gone2", "gone")
            .pax("SCHILY.xattr.security.capability", capability)
            .pax("SCHILY.xattr.user.text", new byte[] {0, 1, (byte) 0xff})
            .file("capable", 0755, new byte[9])
            .pax("SCHILY.xattr.user.dir", new byte[0])
            .dir("odd", 0750)
            .file("odd/.wh.removed", 0644, new byte[0])
            .file("odd/.wh..wh..opq", 0644, new byte[0])
            .file("odd/.wh.back", 0644, new byte[0])
            .file("odd/back", 0644, new byte[3])
            .entry('6', PlainUnpack.bytes("fifo"), new byte[0], 0620, new byte[0])
            .end();
    TestLayer layer = TestLayer.of(tar);
    Path plain = Files.createDirectory(directory.resolve("plain"));
    PlainUnpack.unpack(layer, plain);
    mount(layer);
    assertThat(TreeDump.of(mountpoint, false))
        .hasSizeGreaterThan(20)
        .containsExactlyEntriesOf(TreeDump.of(plain, false));
    assertThatTimesMatch(layer, plain);
    assertThat(Linux.stat(Linux.AT_FDCWD, PlainUnpack.bytes(mountpoint.toString())).mode())
        .isEqualTo(040755);
  }

  @Test
  void unmountsWhenClosed() throws Exception {
    FuseSession session = mount(TestLayer.golden("tiny.tar"));
    assertThat(session.isOpen()).isTrue();
    assertThat(session.mountpoint()).isEqualTo(mountpoint);
    assertThat(isMounted()).isTrue();
    session.close();
    session.close();
    assertThat(session.isOpen()).isFalse();
    assertThat(isMounted()).isFalse();
    assertThat(mountpoint.toFile().list()).isEmpty();
  }

  @Test
  void mountsManyLayersAtOnce() throws Exception {
    TestLayer layer = TestLayer.golden("tiny.tar");
    for (int i = 0; i < manyMounts(); i++) {
      Path at = Files.createDirectory(directory.resolve("m" + i));
      backend.mount(
          new LayerFilesystem("layer" + i, layer.tree(), new MemoryContent(layer)),
          at,
          MountOptions.defaults());
    }
    for (int i = 0; i < manyMounts(); i++) {
      assertThat(Shell.sh("wc -c < " + directory.resolve("m" + i) + "/bin/ping")).isEqualTo("9000");
    }
  }

  @Test
  void refusesToChangeAnything() throws Exception {
    mount(TestLayer.golden("tiny.tar"));
    assertThat(Shell.sh("echo x 2>&1 > " + mountpoint + "/last || true"))
        .containsIgnoringCase("read-only");
    assertThat(Shell.sh("mkdir " + mountpoint + "/new 2>&1 || true"))
        .containsIgnoringCase("read-only");
    assertThat(Shell.sh("rm -f " + mountpoint + "/last 2>&1 || true"))
        .containsIgnoringCase("read-only");
  }

  @Test
  void saysWhatIsNotThere() throws Exception {
    mount(TestLayer.golden("tiny.tar"));
    for (int i = 0; i < 2; i++) {
      assertThat(Shell.sh("cat " + mountpoint + "/no/such 2>&1 || true")).contains("No such file");
    }
  }

  @Test
  void worksAsALowerLayerOfAnOverlay() throws Exception {
    byte[] tar =
        new TarFile()
            .dir("bin", 0755)
            .file("bin/busybox", 0755, Files.readAllBytes(Path.of("/bin/busybox")))
            .dir("etc", 0755)
            .file("etc/config", 0644, "first\n".getBytes(StandardCharsets.UTF_8))
            .file("etc/.wh.hidden", 0644, new byte[0])
            .dir("fresh", 0755)
            .file("fresh/.wh..wh..opq", 0644, new byte[0])
            .file("fresh/new", 0644, new byte[] {'n'})
            .end();
    TestLayer layer = TestLayer.of(tar);
    mount(layer);
    Path base = Files.createDirectories(directory.resolve("base"));
    Files.createDirectories(base.resolve("etc"));
    Files.writeString(base.resolve("etc/hidden"), "from below");
    Files.writeString(base.resolve("etc/kept"), "kept");
    Files.createDirectories(base.resolve("fresh"));
    Files.writeString(base.resolve("fresh/old"), "old");
    Path merged = Files.createDirectory(directory.resolve("merged"));
    Path tmp = Files.createDirectory(directory.resolve("tmp"));
    Mounts.mount("tmpfs", tmp, "tmpfs", 0, "");
    Files.createDirectory(tmp.resolve("upper"));
    Files.createDirectory(tmp.resolve("work"));
    Mounts.mount(
        "overlay",
        merged,
        "overlay",
        0,
        "lowerdir="
            + mountpoint
            + ":"
            + base
            + ",upperdir="
            + tmp.resolve("upper")
            + ",workdir="
            + tmp.resolve("work"));

    assertThat(
            Shell.sh(
                "chroot " + merged + " /bin/busybox sh -c 'echo ran; /bin/busybox ls /etc /fresh'"))
        .isEqualTo("ran\n/etc:\nconfig\nkept\n\n/fresh:\nnew");
    assertThat(Shell.sh("echo second >> " + merged + "/etc/config; cat " + merged + "/etc/config"))
        .isEqualTo("first\nsecond");
    assertThat(Shell.sh("cat " + mountpoint + "/etc/config")).isEqualTo("first");
    assertThat(
            Shell.sh(
                "python3 -c 'import mmap; f=open(\""
                    + merged
                    + "/bin/busybox\",\"rb\"); print(mmap.mmap(f.fileno(),0,prot=mmap.PROT_READ)[1:4])'"))
        .isEqualTo("b'ELF'");
    assertThat(Shell.sh("rm " + merged + "/bin/busybox; ls -A " + merged + "/bin")).isEmpty();
  }

  @Test
  void aReadThatWaitsHoldsUpNobodyElse() throws Exception {
    TestLayer layer = TestLayer.golden("tiny.tar");
    MemoryContent content = new MemoryContent(layer);
    content.absentNode = node(layer, "bin", "ping");
    backend.mount(
        new LayerFilesystem("absent", layer.tree(), content), mountpoint, MountOptions.defaults());
    CompletableFuture<String> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Shell.sh(
                    "wc -c < " + mountpoint + "/bin/ping; cksum < " + mountpoint + "/bin/ping");
              } catch (IOException e) {
                return e.toString();
              }
            });
    assertThat(content.somebodyWaits.await(30, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 20; i++) {
      assertThat(
              Shell.sh("ls -l " + mountpoint + "/bin >/dev/null; wc -c < " + mountpoint + "/last"))
          .isEqualTo("8");
    }
    assertThat(waiting).isNotDone();
    content.arrival.countDown();
    assertThat(waiting.get(30, TimeUnit.SECONDS)).startsWith("9000\n").doesNotContain("xception");
  }

  @Test
  void aReadThatFailsIsAnErrorOfThatReadOnly() throws Exception {
    TestLayer layer = TestLayer.golden("tiny.tar");
    MemoryContent content = new MemoryContent(layer);
    content.brokenNode = node(layer, "bin", "ping");
    backend.mount(
        new LayerFilesystem("broken", layer.tree(), content), mountpoint, MountOptions.defaults());
    assertThat(Shell.sh("cat " + mountpoint + "/bin/ping 2>&1 || true"))
        .contains("Input/output error");
    assertThat(Shell.sh("wc -c < " + mountpoint + "/last")).isEqualTo("8");
    content.brokenNode = -1;
    assertThat(Shell.sh("wc -c < " + mountpoint + "/bin/ping")).isEqualTo("9000");
  }

  @Test
  void closingEndsReadsThatWait() throws Exception {
    TestLayer layer = TestLayer.golden("tiny.tar");
    MemoryContent content = new MemoryContent(layer);
    content.absentNode = node(layer, "bin", "ping");
    FuseSession session =
        backend.mount(
            new LayerFilesystem("absent", layer.tree(), content),
            mountpoint,
            MountOptions.defaults());
    CompletableFuture<String> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Shell.sh("cat " + mountpoint + "/bin/ping 2>&1 >/dev/null || true");
              } catch (IOException e) {
                return e.toString();
              }
            });
    assertThat(content.somebodyWaits.await(30, TimeUnit.SECONDS)).isTrue();
    session.close();
    assertThat(waiting.get(30, TimeUnit.SECONDS)).contains("ping:");
  }

  @Test
  void refusesAMountpointThatIsNotThere() throws Exception {
    TestLayer layer = TestLayer.golden("tiny.tar");
    LayerFilesystem filesystem = new LayerFilesystem("x", layer.tree(), new MemoryContent(layer));
    assertThatThrownBy(
            () -> backend.mount(filesystem, directory.resolve("missing"), MountOptions.defaults()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
  }

  final FuseSession mount(TestLayer layer) throws IOException {
    return backend.mount(
        new LayerFilesystem("test", layer.tree(), new MemoryContent(layer)),
        mountpoint,
        MountOptions.defaults());
  }

  private void assertThatTimesMatch(TestLayer layer, Path plain) throws IOException {
    Map<String, String> expected = TreeDump.of(plain, true);
    Map<String, String> shown = TreeDump.of(mountpoint, true);
    for (int node = 0; node < layer.tree().entryCount(); node++) {
      if (layer.tree().isNode(node) && !layer.tree().isWhiteout(node)) {
        String path = "/" + PlainUnpack.string(layer.tree().path(node));
        assertThat(shown.get(path)).as(path).isEqualTo(expected.get(path));
      }
    }
  }

  private boolean isMounted() throws IOException {
    return Mounts.list().stream()
        .anyMatch(mount -> mount.mountpoint().equals(mountpoint.toString()));
  }

  private static int node(TestLayer layer, String... path) {
    int node = layer.tree().root();
    for (String name : path) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      node = layer.tree().lookup(node, bytes, 0, bytes.length);
    }
    return node;
  }

  private static boolean isRoot() throws IOException {
    return Linux.stat(Linux.AT_FDCWD, "/proc/self".getBytes(StandardCharsets.UTF_8)).uid() == 0;
  }
}
