package io.thaw.daemon.main;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Keeps a second daemon, with another socket perhaps, from the same root. The kernel frees it when
/// the process dies.
///
/// @param root what is locked
record RootLock(Path root, FileChannel file) implements AutoCloseable {

  /// @throws IOException if another daemon has the root
  static RootLock take(Path root) throws IOException {
    FileChannel file =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      taken = file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      throw new IOException("this process already uses " + root, e);
    } finally {
      if (!taken) {
        file.close();
      }
    }
    if (!taken) {
      throw new IOException(
          "another daemon uses %s; stop it or choose another root".formatted(root));
    }
    return new RootLock(root, file);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
