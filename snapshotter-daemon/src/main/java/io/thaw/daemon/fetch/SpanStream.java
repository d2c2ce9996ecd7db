package io.thaw.daemon.fetch;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// A range response cut into spans. Neighbours may share one byte, so the last byte of each is kept
/// for the next.
///
/// Used by one thread, except for {@link #close}, which any thread may call to break the transfer
/// off.
final class SpanStream implements AutoCloseable {
  private static final int PIECE = 1 << 16;

  /// Called around each piece that is read.
  interface Pacer {
    /// Reads as fast as bytes come.
    Pacer NONE = new Pacer() {};

    default void beforePiece() {}

    /// A piece was read.
    ///
    /// @param count how many bytes it had
    default void afterPiece(int count) {}
  }

  private final InputStream in;
  private long position;
  private byte last;
  private volatile long lastProgressNanos = System.nanoTime();

  /// @param in bytes from compressed offset `position` on
  SpanStream(InputStream in, long position) {
    this.in = in;
    this.position = position;
  }

  /// Reads the bytes `[start, end)` into `dst`, which may be longer, from its first byte on.
  void read(long start, long end, byte[] dst, Pacer pacer) throws IOException {
    int filled = begin(start, dst);
    int length = Math.toIntExact(end - start);
    while (filled < length) {
      filled += piece(dst, filled, Math.min(PIECE, length - filled), pacer, end);
    }
    last = dst[length - 1];
  }

  /// The bytes `[start, end)`, read as they are asked for and before anything else is read here.
  SpanBytes.Arriving arriving(long start, long end, SpanBuffers buffers, Runnable whenComplete) {
    int bytes = Math.toIntExact(end - start);
    return new SpanBytes.Arriving(
        buffers.take(bytes),
        bytes,
        (dst, offset, length) -> {
          int shared = offset == 0 ? begin(start, dst) : 0;
          int count = shared;
          if (shared < length) {
            count += piece(dst, offset + shared, Math.min(PIECE, length - shared), Pacer.NONE, end);
          }
          last = dst[offset + count - 1];
          return count;
        },
        whenComplete,
        buffers::giveBack);
  }

  /// Copies the bytes `[start, end)` to `out`.
  void copy(long start, long end, OutputStream out, Pacer pacer) throws IOException {
    byte[] buffer = new byte[PIECE];
    int pending = begin(start, buffer);
    out.write(buffer, 0, pending);
    while (position < end) {
      int n = piece(buffer, 0, (int) Math.min(PIECE, end - position), pacer, end);
      out.write(buffer, 0, n);
      last = buffer[n - 1];
    }
  }

  /// Brings the position to `start`; puts the byte already read, if it is shared, into `dst` and
  /// returns how many that were.
  private int begin(long start, byte[] dst) throws IOException {
    if (start == position - 1) {
      dst[0] = last;
      return 1;
    }
    if (start < position) {
      throw new IllegalStateException(
          "offset " + start + " was passed, the stream is at " + position);
    }
    in.skipNBytes(start - position);
    position = start;
    return 0;
  }

  private int piece(byte[] dst, int offset, int length, Pacer pacer, long end) throws IOException {
    pacer.beforePiece();
    touch();
    int n = in.read(dst, offset, length);
    touch();
    if (n <= 0) {
      throw new EOFException(
          "the transfer ended at offset " + position + ", " + (end - position) + " bytes early");
    }
    position += n;
    pacer.afterPiece(n);
    return n;
  }

  private void touch() {
    lastProgressNanos = System.nanoTime();
  }

  /// When the last byte arrived, on the clock of {@link System#nanoTime}.
  long lastProgressNanos() {
    return lastProgressNanos;
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      // Whatever was read is verified by its digest; a failing close takes nothing away.
      lastProgressNanos = System.nanoTime();
    }
  }
}
