package io.thaw.fuse.sys;

import static io.thaw.fuse.sys.NativeCall.INT;
import static io.thaw.fuse.sys.NativeCall.LONG;
import static io.thaw.fuse.sys.NativeCall.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// read(2) and write(2) for hot paths: no allocation, no exceptions. One instance per thread.
public final class RawIo {

  private static final MethodHandle READ = NativeCall.bind("read", LONG, INT, POINTER, LONG);
  private static final MethodHandle WRITE = NativeCall.bind("write", LONG, INT, POINTER, LONG);

  private final MemorySegment state;

  /// @param arena owns the few bytes an instance needs
  public RawIo(Arena arena) {
    state = NativeCall.newState(arena);
  }

  /// Reads once.
  ///
  /// @return the number of bytes, or the negated errno
  public long read(int fd, MemorySegment dst, long length) {
    try {
      long count = (long) READ.invokeExact(state, fd, dst, length);
      return count < 0 ? -NativeCall.errno(state) : count;
    } catch (Throwable e) {
      throw NativeCall.impossible(e);
    }
  }

  /// Writes once.
  ///
  /// @return the number of bytes, or the negated errno
  public long write(int fd, MemorySegment src, long length) {
    try {
      long count = (long) WRITE.invokeExact(state, fd, src, length);
      return count < 0 ? -NativeCall.errno(state) : count;
    } catch (Throwable e) {
      throw NativeCall.impossible(e);
    }
  }
}
