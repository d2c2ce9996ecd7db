package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// `struct fuse_in_header`: what every request starts with.
final class InHeaderLayout {
  static final int BYTES = 40;

  private InHeaderLayout() {}

  static int length(MemorySegment request) {
    return request.get(JAVA_INT, 0);
  }

  static int opcode(MemorySegment request) {
    return request.get(JAVA_INT, 4);
  }

  static long unique(MemorySegment request) {
    return request.get(JAVA_LONG, 8);
  }

  static long nodeId(MemorySegment request) {
    return request.get(JAVA_LONG, 16);
  }
}
