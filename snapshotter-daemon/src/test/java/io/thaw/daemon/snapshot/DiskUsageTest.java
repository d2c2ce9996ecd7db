package io.thaw.daemon.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskUsageTest {
  @TempDir private Path root;

  @Test
  void countsBlocksAndInodesAndHardLinksOnce() throws IOException {
    Path file = Files.write(root.resolve("file"), new byte[10_000]);
    Files.createLink(root.resolve("again"), file);

    Usage usage = DiskUsage.of(root);

    assertThat(usage.inodes()).isEqualTo(2);
    assertThat(usage.sizeBytes()).isGreaterThanOrEqualTo(10_000);
  }

  @Test
  void countsFilesWhoseNamesAreNoCharacters() throws IOException {
    make("latin-\u00e9\u00ff");
    make("100%25 sure");

    assertThat(DiskUsage.of(root).inodes()).isEqualTo(3);
  }

  private void make(String latinName) throws LinuxException {
    byte[] path = (root + "/" + latinName).getBytes(StandardCharsets.ISO_8859_1);
    Linux.close(Linux.openat(Linux.AT_FDCWD, path, Linux.O_CREAT | Linux.O_WRONLY, 0600));
  }
}
