package io.thaw.fuse.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreesTest {
  private static final byte[] NOT_UTF8 = {'a', (byte) 0xff, (byte) 0xfe};
  private static final int LEVELS = 3_000;

  @TempDir Path directory;
  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
  }

  /// What a failed test leaves may be too deep for JUnit to delete.
  @AfterEach
  void leaveNothing() throws IOException {
    Trees.delete(root);
  }

  @Test
  void deletesEveryKindOfFile() throws Exception {
    Path sub = Files.createDirectories(root.resolve("a/b/c"));
    Files.writeString(sub.resolve("file"), "x");
    Files.createSymbolicLink(sub.resolve("link"), Path.of("/nowhere"));
    int fd = open(root);
    try {
      Linux.mknodat(fd, NOT_UTF8, Linux.S_IFIFO, 0, 0);
    } finally {
      Linux.close(fd);
    }

    Trees.delete(root);

    assertThat(root).doesNotExist();
  }

  @Test
  void leavesAloneWhatASymbolicLinkNames() throws IOException {
    Path kept = Files.createDirectory(directory.resolve("kept"));
    Files.writeString(kept.resolve("file"), "x");
    Path link = Files.createSymbolicLink(directory.resolve("link"), kept);
    Files.createSymbolicLink(root.resolve("inside"), kept);

    Trees.delete(link);
    Trees.delete(root);

    assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(root).doesNotExist();
    assertThat(kept.resolve("file")).exists();
  }

  @Test
  void deletesTreesDeeperThanAnyPathCanBe() throws Exception {
    byte[] name = "d".repeat(200).getBytes(StandardCharsets.US_ASCII);
    int fd = open(root);
    for (int i = 0; i < LEVELS; i++) {
      Linux.mkdirat(fd, name, 0700);
      int next = Linux.openat(fd, name, Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
      Linux.close(fd);
      fd = next;
    }
    Linux.close(Linux.openat(fd, NOT_UTF8, Linux.O_CREAT | Linux.O_WRONLY, 0600));
    Linux.close(fd);
    AtomicInteger seen = new AtomicInteger();
    TreeWalk.walk(Trees.rawBytes(root), (_, _, _) -> seen.incrementAndGet());
    assertThat(seen).hasValue(LEVELS + 1);

    Trees.delete(root);

    assertThat(root).doesNotExist();
  }

  @Test
  void deletesDirectoriesOfMoreNamesThanOneReadHolds() throws Exception {
    for (int i = 0; i < 5_000; i++) {
      Files.createFile(root.resolve("a-rather-long-name-of-a-file-" + i));
    }

    Trees.delete(root);

    assertThat(root).doesNotExist();
  }

  @Test
  void leavesAloneWhatIsMountedBelow() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    Path mounted = Files.createDirectory(root.resolve("mounted"));
    Mounts.mount("tmpfs", mounted, "tmpfs", 0, "size=64k");
    try {
      Files.writeString(mounted.resolve("precious"), "x");

      assertThatThrownBy(() -> Trees.delete(root))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("'mounted' is a mountpoint")
          .hasMessageContaining("unmount it first");

      assertThat(mounted.resolve("precious")).exists();
    } finally {
      Mounts.unmount(mounted, 0);
    }
  }

  @Test
  void deletesAFileAndWhatIsNotThere() throws IOException {
    Path file = Files.createFile(root.resolve("file"));

    Trees.delete(file);
    Trees.delete(file);

    assertThat(file).doesNotExist();
  }

  @Test
  void saysHowMuchRoomAFilesystemHas() throws Exception {
    FilesystemSpace space = Linux.statvfs(Trees.rawBytes(root));

    assertThat(space.sizeBytes()).isEqualTo(Files.getFileStore(root).getTotalSpace());
    assertThat(space.freeBytes()).isBetween(0L, space.sizeBytes());
    assertThat(space.freeInodes()).isBetween(0L, space.inodes());
  }

  private static int open(Path path) throws LinuxException {
    return Linux.openat(
        Linux.AT_FDCWD, Trees.rawBytes(path), Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
  }
}
