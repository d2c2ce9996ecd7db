package io.thaw.daemon.disk;

import io.thaw.fuse.sys.FilesystemSpace;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.Trees;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/// The file system layers are written to.
public interface Volume {

  /// How much room it has.
  FilesystemSpace space() throws IOException;

  /// Writes so many bytes, some of them in files of their own, and takes them away again.
  ///
  /// @throws IOException if there is no room for them
  void tryWrite(long bytes) throws IOException;

  /// The file system of this directory.
  static Volume of(Path directory) {
    return new Volume() {
      @Override
      public FilesystemSpace space() throws IOException {
        return Linux.statvfs(Trees.rawBytes(directory));
      }

      @Override
      public void tryWrite(long bytes) throws IOException {
        Path probe = directory.resolve(PROBE);
        Trees.delete(probe);
        Files.createDirectory(probe);
        try {
          write(probe, bytes);
        } finally {
          Trees.delete(probe);
        }
      }
    };
  }

  /// Name of the directory a try is made in; nothing else has it.
  String PROBE = "removed-probe";

  private static void write(Path probe, long bytes) throws IOException {
    int pieces = 4;
    ByteBuffer piece = ByteBuffer.allocateDirect(1 << 16);
    for (int i = 0; i < pieces; i++) {
      byte[] file = Trees.rawBytes(probe.resolve(Integer.toString(i)));
      int fd = Linux.openat(Linux.AT_FDCWD, file, Linux.O_CREAT | Linux.O_WRONLY, 0600);
      try {
        for (long at = 0; at < bytes / pieces; at += piece.capacity()) {
          Linux.pwrite(fd, piece.clear(), at);
        }
        // Some file systems look for room only when they have to.
        Linux.fsync(fd);
      } finally {
        Linux.close(fd);
      }
    }
  }
}
