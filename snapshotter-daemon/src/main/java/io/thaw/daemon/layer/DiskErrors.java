package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.LinuxException;
import java.io.IOException;
import java.nio.file.Path;

/// Says what a failed system call means to whoever runs the host.
final class DiskErrors {
  private DiskErrors() {}

  /// The error with a remedy, where one is known.
  static IOException explained(LinuxException e, Path where) {
    if (e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT) {
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
}
