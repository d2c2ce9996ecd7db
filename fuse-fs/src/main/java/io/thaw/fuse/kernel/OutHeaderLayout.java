package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// `struct fuse_out_header`: what every reply starts with.
final class OutHeaderLayout {
  static final int BYTES = 16;

  private OutHeaderLayout() {}

  /// Heads a reply with `body` bytes and returns the length of the whole.
  static int success(MemorySegment reply, long unique, int body) {
    return write(reply, BYTES + body, 0, unique);
  }

  /// Makes a reply of an error and returns its length.
  static int error(MemorySegment reply, long unique, int errno) {
    return write(reply, BYTES, -errno, unique);
  }

  /// The error of a reply; 0 for success.
  static int errno(MemorySegment reply) {
    return -reply.get(JAVA_INT, 4);
  }

  private static int write(MemorySegment reply, int length, int error, long unique) {
    reply.set(JAVA_INT, 0, length);
    reply.set(JAVA_INT, 4, error);
    reply.set(JAVA_LONG, 8, unique);
    return length;
  }
}
