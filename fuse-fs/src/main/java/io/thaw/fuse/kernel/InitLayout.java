package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/// `struct fuse_init_in` and `fuse_init_out`, as offsets from the start of the message.
final class InitLayout {
  static final int OUT_BYTES = 64;

  private static final long IN = InHeaderLayout.BYTES;
  private static final long OUT = OutHeaderLayout.BYTES;

  private InitLayout() {}

  static int major(MemorySegment request) {
    return request.get(JAVA_INT, IN);
  }

  static int minor(MemorySegment request) {
    return request.get(JAVA_INT, IN + 4);
  }

  static int maxReadAhead(MemorySegment request) {
    return request.get(JAVA_INT, IN + 8);
  }

  /// Both flag words; the second is there only if the first says so.
  static long flags(MemorySegment request, int length) {
    long low = Integer.toUnsignedLong(request.get(JAVA_INT, IN + 12));
    boolean extended = (low & InitFlags.INIT_EXT) != 0 && length >= IN + 20;
    return extended ? low | (Integer.toUnsignedLong(request.get(JAVA_INT, IN + 16)) << 32) : low;
  }

  /// Writes all of `fuse_init_out`.
  static void write(
      MemorySegment reply,
      int major,
      int minor,
      int maxReadAhead,
      long flags,
      int maxBackground,
      int maxWrite,
      int maxPages) {
    reply.asSlice(OUT, OUT_BYTES).fill((byte) 0);
    reply.set(JAVA_INT, OUT, major);
    reply.set(JAVA_INT, OUT + 4, minor);
    reply.set(JAVA_INT, OUT + 8, maxReadAhead);
    reply.set(JAVA_INT, OUT + 12, (int) flags);
    reply.set(JAVA_SHORT, OUT + 16, (short) maxBackground);
    reply.set(JAVA_SHORT, OUT + 18, (short) (maxBackground / 4 * 3));
    reply.set(JAVA_INT, OUT + 20, maxWrite);
    reply.set(JAVA_INT, OUT + 24, 1); // nanosecond times
    reply.set(JAVA_SHORT, OUT + 28, (short) maxPages);
    reply.set(JAVA_INT, OUT + 32, (int) (flags >>> 32));
  }
}
