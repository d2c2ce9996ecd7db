package io.thaw.fuse.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxTest {
  private static final byte[] NOT_UTF8 = {'a', (byte) 0xff, (byte) 0xfe};

  @TempDir Path directory;

  @Test
  void makesFilesWithNamesThatAreNotUtf8() throws Exception {
    int dir = openDirectory();
    try {
      int fd = Linux.openat(dir, NOT_UTF8, Linux.O_RDWR | Linux.O_CREAT, 0600);
      try {
        ByteBuffer data = ByteBuffer.allocateDirect(5).put(bytes("hello")).flip();
        Linux.pwrite(fd, data, 3);
        assertThat(data.hasRemaining()).isFalse();
        ByteBuffer back = ByteBuffer.allocateDirect(100);
        assertThat(Linux.pread(fd, back, 3)).isEqualTo(5);
        Linux.ftruncate(fd, 10_000);
        Linux.fallocate(fd, Linux.FALLOC_FL_KEEP_SIZE, 0, 20_000);
        Linux.fsync(fd);
      } finally {
        Linux.close(fd);
      }
      Linux.chmodat(dir, NOT_UTF8, 04711);
      Linux.utimensat(dir, NOT_UTF8, 1_234_567_890, 123_456_789);
      Stat stat = Linux.stat(dir, NOT_UTF8);
      assertThat(stat.mode()).isEqualTo(0104711);
      assertThat(stat.sizeBytes()).isEqualTo(10_000);
      assertThat(stat.blocks()).isGreaterThanOrEqualTo(39);
      assertThat(stat.mtimeSeconds()).isEqualTo(1_234_567_890);
      assertThat(stat.mtimeNanos()).isEqualTo(123_456_789);
    } finally {
      Linux.close(dir);
    }
  }

  @Test
  void makesLinksAndDirectories() throws Exception {
    int dir = openDirectory();
    try {
      Linux.mkdirat(dir, bytes("d"), 0755);
      Linux.symlinkat(NOT_UTF8, dir, bytes("d/s"));
      assertThat(Linux.readlinkat(dir, bytes("d/s"))).isEqualTo(NOT_UTF8);
      Linux.linkat(dir, bytes("d/s"), dir, bytes("s2"));
      assertThat(Linux.stat(dir, bytes("s2")).linkCount()).isEqualTo(2);
      Linux.renameat(dir, bytes("s2"), dir, bytes("s3"));
      Linux.unlinkat(dir, bytes("s3"), 0);
      Linux.unlinkat(dir, bytes("d/s"), 0);
      Linux.unlinkat(dir, bytes("d"), Linux.AT_REMOVEDIR);
      assertThat(directory.toFile().list()).isEmpty();
    } finally {
      Linux.close(dir);
    }
  }

  @Test
  void makesDevicesOwnersAndAttributesAsRoot() throws Exception {
    assumeTrue(Linux.stat(Linux.AT_FDCWD, bytes("/proc/self")).uid() == 0, "needs root");
    int dir = openDirectory();
    try {
      Linux.mknodat(dir, bytes("dev"), Linux.S_IFCHR | 0640, 259, 70_000);
      Linux.lchownat(dir, bytes("dev"), 12, 34);
      Stat stat = Linux.stat(dir, bytes("dev"));
      assertThat(stat.mode() >>> 12).isEqualTo(2);
      assertThat(stat.deviceMajor()).isEqualTo(259);
      assertThat(stat.deviceMinor()).isEqualTo(70_000);
      assertThat(stat.uid()).isEqualTo(12);
      assertThat(stat.gid()).isEqualTo(34);
      byte[] path = bytes(directory + "/dev");
      Linux.lsetxattr(path, bytes("trusted.x"), new byte[] {0, 1, -1});
      assertThat(Linux.lgetxattr(path, bytes("trusted.x"))).isEqualTo(new byte[] {0, 1, -1});
      assertThat(new String(Linux.llistxattr(path), StandardCharsets.UTF_8))
          .contains("trusted.x\0");
    } finally {
      Linux.close(dir);
    }
  }

  @Test
  void saysWhichCallFailedOnWhatAndWhy() {
    assertThatThrownBy(() -> Linux.stat(Linux.AT_FDCWD, bytes("/no/such/file")))
        .isInstanceOf(LinuxException.class)
        .hasMessage("statx(/no/such/file): ENOENT")
        .satisfies(e -> assertThat(((LinuxException) e).errno()).isEqualTo(Errno.ENOENT));
  }

  @Test
  void listsMountsWithoutTouchingThem() throws Exception {
    assertThat(Mounts.list())
        .anyMatch(mount -> mount.mountpoint().equals("/") && mount.device().contains(":"));
  }

  private int openDirectory() throws LinuxException {
    return Linux.openat(
        Linux.AT_FDCWD, bytes(directory.toString()), Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
