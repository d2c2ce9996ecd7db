package io.thaw.fuse.sys;

import java.io.IOException;

/// A system call failed.
public final class LinuxException extends IOException {

  private static final long serialVersionUID = 1L;

  private final int errno;

  LinuxException(String call, String what, int errno) {
    super(call + "(" + what + "): " + Errno.name(errno));
    this.errno = errno;
  }

  /// The error number; see {@link Errno}.
  public int errno() {
    return errno;
  }
}
