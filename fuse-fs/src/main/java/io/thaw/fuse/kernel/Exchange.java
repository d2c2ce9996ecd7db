package io.thaw.fuse.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// The buffers one thread serves requests with, allocated once, and the read it could not answer at
/// once.
final class Exchange {

  /// The kernel wants room for its largest request; writes, the only large ones, are limited to 4
  /// KiB at INIT.
  static final int REQUEST_BYTES = 16 << 10;

  /// The largest read: 256 pages.
  static final int MAX_READ = 1 << 20;

  static final int REPLY_BYTES = OutHeaderLayout.BYTES + MAX_READ;

  final MemorySegment request;
  final MemorySegment reply;
  final ByteBuffer replyBuffer;
  final byte[] name = new byte[REQUEST_BYTES];

  long deferredUnique;
  int deferredNode;
  long deferredOffset;
  int deferredLength;

  Exchange(Arena arena) {
    request = arena.allocate(REQUEST_BYTES, 4096);
    reply = arena.allocate(REPLY_BYTES, 4096);
    replyBuffer = reply.asByteBuffer();
  }

  /// The reply's body as a buffer of `length` bytes.
  ByteBuffer body(int length) {
    return replyBuffer.limit(OutHeaderLayout.BYTES + length).position(OutHeaderLayout.BYTES);
  }
}
