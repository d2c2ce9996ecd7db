package io.thaw.it;

import io.thaw.it.node.Commands;
import io.thaw.it.node.Mounts;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// An ext4 file system of its own, in a file, that a test fills to its last byte.
final class SmallDisk implements AutoCloseable {
  private final Path root;
  private final Path ballast;

  private SmallDisk(Path root) {
    this.root = root;
    ballast = root.resolve("ballast");
  }

  /// Makes and mounts one at `root`, which is made.
  ///
  /// @param image where its bytes go, only as many as are written
  static SmallDisk mount(Path image, Path root, long sizeBytes) throws IOException {
    try (OutputStream out = Files.newOutputStream(image)) {
      out.write(0);
    }
    Commands.run("truncate", "-s", Long.toString(sizeBytes), image.toString());
    Commands.run("mkfs.ext4", "-q", "-m", "0", image.toString());
    Files.createDirectories(root);
    Commands.run("mount", "-o", "loop", image.toString(), root.toString());
    return new SmallDisk(root);
  }

  long freeBytes() throws IOException {
    return Files.getFileStore(root).getUsableSpace();
  }

  /// Takes all but `freeBytes` away, without writing.
  void leave(long freeBytes) throws IOException {
    long taken = freeBytes() - freeBytes;
    Commands.run("fallocate", "-l", Long.toString(taken), ballast.toString());
  }

  /// Writes until nothing fits any more.
  void fill() throws IOException {
    byte[] piece = new byte[4096];
    try (OutputStream out = Files.newOutputStream(root.resolve("ballast-rest"))) {
      while (true) {
        out.write(piece);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  /// Gives back what was taken.
  void makeSpace() throws IOException {
    Files.deleteIfExists(ballast);
    Files.deleteIfExists(root.resolve("ballast-rest"));
  }

  @Override
  public void close() throws IOException {
    // Whoever closes a daemon takes all mounts below its root away.
    Mounts.removeAllUnder(root);
  }
}
