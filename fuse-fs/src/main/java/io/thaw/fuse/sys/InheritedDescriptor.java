package io.thaw.fuse.sys;

import static io.thaw.fuse.sys.NativeCall.INT;
import static io.thaw.fuse.sys.NativeCall.bindVariadic;

import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// A descriptor this process was started with.
public final class InheritedDescriptor {
  private static final int F_SETFD = 2;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int FD_CLOEXEC = 1;
  private static final MethodHandle FCNTL = bindVariadic("fcntl", 2, INT, INT, INT, INT);

  private InheritedDescriptor() {}

  /// Makes calls on a descriptor return at once, and keeps the descriptor from programs this
  /// process runs.
  public static void adopt(int fd) throws LinuxException {
    int flags = fcntl(fd, F_GETFL, 0);
    fcntl(fd, F_SETFL, flags | Linux.O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  }

  private static int fcntl(int fd, int command, int argument) throws LinuxException {
    byte[] what = ("fd " + fd).getBytes(StandardCharsets.US_ASCII);
    return (int)
        Linux.call(
            "fcntl", what, (_, state) -> (int) FCNTL.invokeExact(state, fd, command, argument));
  }
}
