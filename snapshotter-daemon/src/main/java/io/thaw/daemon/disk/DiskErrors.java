package io.thaw.daemon.disk;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.LinuxException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Says what a failed system call means to whoever runs the host.
public final class DiskErrors {
  private static final String NO_SPACE = "No space left on device";
  private static final String QUOTA = "Disk quota exceeded";

  private DiskErrors() {}

  /// The error with a remedy, where one is known.
  public static IOException explained(LinuxException e, Path where) {
    if (isFull(e)) {
      return new IOException(
          "the file system of "
              + where
              + " is full ("
              + Errno.name(e.errno())
              + "); free some space, then what failed is fetched again by the next read or pull",
          e);
    }
    return e;
  }

  /// Whether the failure says that a disk, a quota or a table of inodes is full, however deep in
  /// its causes.
  public static boolean isFull(@Nullable Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof LinuxException linux
          ? linux.errno() == Errno.ENOSPC || linux.errno() == Errno.EDQUOT
          : e instanceof IOException io && saysFull(io)) {
        return true;
      }
    }
    return false;
  }

  /// Java's own file classes keep the C library's text only.
  private static boolean saysFull(IOException e) {
    String text = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return text != null && (text.contains(NO_SPACE) || text.contains(QUOTA));
  }
}
