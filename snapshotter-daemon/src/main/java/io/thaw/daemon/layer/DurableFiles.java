package io.thaw.daemon.layer;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/// Files that are there wholly or not at all, also after a crash of the host.
public final class DurableFiles {
  private static final int PIECE = 1 << 16;

  private DurableFiles() {}

  /// Writes or replaces a small file.
  public static void replace(Path file, byte[] content) throws IOException {
    Path temporary = temporary(file);
    try (FileChannel out = create(temporary)) {
      write(out, ByteBuffer.wrap(content));
      out.force(true);
    }
    moveInto(temporary, file);
  }

  /// Writes or replaces a small file that is there wholly or not at all as long as the host stays
  /// up. Waits for no disk.
  static void replaceSoon(Path file, byte[] content) throws IOException {
    Path temporary = temporary(file);
    Files.write(temporary, content);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Writes a file from a stream and verifies the content's digest before the file appears.
  ///
  /// @param limit most bytes accepted
  static void writeVerified(Path file, InputStream in, Digest expected, long limit)
      throws IOException {
    Path temporary = temporary(file);
    MessageDigest digest = expected.newMessageDigest();
    byte[] buffer = new byte[PIECE];
    long size = 0;
    try (FileChannel out = create(temporary)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        size += n;
        if (size > limit) {
          throw new IOException("content of " + expected + " has more than " + limit + " bytes");
        }
        digest.update(buffer, 0, n);
        write(out, ByteBuffer.wrap(buffer, 0, n));
      }
      out.force(true);
    }
    check(expected, digest);
    moveInto(temporary, file);
  }

  /// Verifies the digest of a file's content.
  static void verify(Path file, Digest expected) throws IOException {
    MessageDigest digest = expected.newMessageDigest();
    byte[] buffer = new byte[PIECE];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    check(expected, digest);
  }

  static void check(Digest expected, MessageDigest computed) throws IOException {
    Digest actual = Digest.of(expected.algorithm(), computed.digest());
    if (!actual.equals(expected)) {
      throw new IOException("content has digest " + actual + " instead of " + expected);
    }
  }

  private static Path temporary(Path file) {
    return file.resolveSibling(file.getFileName() + ".tmp");
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static void moveInto(Path temporary, Path file) throws IOException {
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }
}
