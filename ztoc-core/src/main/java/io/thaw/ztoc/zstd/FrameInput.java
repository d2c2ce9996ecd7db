package io.thaw.ztoc.zstd;

import java.io.IOException;
import java.io.InputStream;

/// A buffer over the stored bytes, in which the walk over headers runs ahead of the decoder: what
/// was walked over is delivered when room is needed, and at the end of each frame.
final class FrameInput {
  /// Takes bytes that were walked over.
  @FunctionalInterface
  interface Delivery {
    void take(byte[] buffer, int offset, int length) throws IOException;
  }

  private final byte[] buffer;
  private final InputStream source;
  private final Delivery delivery;

  /// Compressed offset of the buffer's first byte.
  private long base;

  private int delivered;
  private int position;
  private int limit;

  /// @param buffer what to read into, many times as large as a header
  /// @param offset compressed offset of the source's first byte
  FrameInput(InputStream source, byte[] buffer, long offset, Delivery delivery) {
    this.source = source;
    this.buffer = buffer;
    this.base = offset;
    this.delivery = delivery;
  }

  /// The compressed offset of the next byte.
  long offset() {
    return base + position;
  }

  int available() {
    return limit - position;
  }

  /// Reads until `count` bytes are available; false if the stream ends before.
  boolean require(int count) throws IOException {
    while (limit - position < count) {
      if (limit == buffer.length) {
        makeRoom();
      }
      int read = source.read(buffer, limit, buffer.length - limit);
      if (read < 0) {
        return false;
      }
      limit += read;
    }
    return true;
  }

  private void makeRoom() throws IOException {
    deliver();
    System.arraycopy(buffer, position, buffer, 0, limit - position);
    base += position;
    limit -= position;
    position = 0;
    delivered = 0;
  }

  /// The header that begins here.
  FrameHeader header() throws IOException {
    require(FrameHeader.MAX_BYTES);
    return FrameHeader.parse(buffer, position, available(), offset());
  }

  /// The number in the next three bytes, which are available.
  int uint24() {
    return (buffer[position] & 0xff)
        | (buffer[position + 1] & 0xff) << 8
        | (buffer[position + 2] & 0xff) << 16;
  }

  /// Walks over bytes, whether or not they have been read.
  void advance(long count) throws IOException {
    long left = count;
    while (left > 0) {
      if (!require(1)) {
        throw new MalformedZstdException(offset(), "the layer ends within a frame");
      }
      int step = (int) Math.min(left, available());
      position += step;
      left -= step;
    }
  }

  /// Delivers all that was walked over.
  void deliver() throws IOException {
    int from = delivered;
    delivered = position;
    if (from < position) {
      delivery.take(buffer, from, position - from);
    }
  }
}
