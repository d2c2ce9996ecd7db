package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// `struct fuse_read_in`, which READ, READDIR and READDIRPLUS share, and the small bodies of other
/// requests and replies.
final class ReadLayout {
  static final int OPEN_OUT_BYTES = 16;
  static final int XATTR_OUT_BYTES = 8;
  static final int STATFS_BYTES = 80;

  private static final long IN = InHeaderLayout.BYTES;
  private static final long OUT = OutHeaderLayout.BYTES;

  private ReadLayout() {}

  static long offset(MemorySegment request) {
    return request.get(JAVA_LONG, IN + 8);
  }

  static long size(MemorySegment request) {
    return Integer.toUnsignedLong(request.get(JAVA_INT, IN + 16));
  }

  /// `fuse_open_in.flags`.
  static int openFlags(MemorySegment request) {
    return request.get(JAVA_INT, IN);
  }

  /// `fuse_getxattr_in.size`.
  static long xattrSize(MemorySegment request) {
    return Integer.toUnsignedLong(request.get(JAVA_INT, IN));
  }

  static void writeOpenOut(MemorySegment reply, int openFlags) {
    reply.set(JAVA_LONG, OUT, 0);
    reply.set(JAVA_INT, OUT + 8, openFlags);
    reply.set(JAVA_INT, OUT + 12, 0);
  }

  static void writeXattrSize(MemorySegment reply, int size) {
    reply.set(JAVA_INT, OUT, size);
    reply.set(JAVA_INT, OUT + 4, 0);
  }

  /// `struct fuse_kstatfs` of a full file system.
  static void writeStatfs(MemorySegment reply, long blocks, long files) {
    reply.asSlice(OUT, STATFS_BYTES).fill((byte) 0);
    reply.set(JAVA_LONG, OUT, blocks);
    reply.set(JAVA_LONG, OUT + 24, files);
    reply.set(JAVA_INT, OUT + 40, 4096);
    reply.set(JAVA_INT, OUT + 44, 255);
    reply.set(JAVA_INT, OUT + 48, 4096);
  }
}
