package io.thaw.ztoc.inflate;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A bounded buffer over the compressed bytes and the bits taken from it.
///
/// `bitBuf` holds at least `bitCount` valid bits, lowest first; bits above them are either zero or
/// what the buffer has next, so that a refill may OR whole words. After the last byte stands a
/// padding of zeros: the decoder may look at it, and [#refill] finds out if it consumed any.
final class CompressedInput {
  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /// What one turn of the decoder may read beyond `position`, rounded up.
  static final int MARGIN = 32;

  private static final int CAPACITY = 128 << 10;
  private static final int PADDING = 64;
  private static final int MAX_EMPTY_READS = 1000;

  final byte[] buffer = new byte[CAPACITY + PADDING];
  int position;
  int limit;
  long bitBuf;
  int bitCount;
  private long base;
  private int delivered;
  private boolean ended;
  private InputStream source = InputStream.nullInputStream();
  private InflateTarget target = Discard.INSTANCE;

  /// Starts at `offset` of the compressed stream, which is where `source` stands.
  void start(InputStream source, long offset, InflateTarget target) {
    this.source = source;
    this.target = target;
    base = offset;
    position = 0;
    limit = 0;
    delivered = 0;
    bitBuf = 0;
    bitCount = 0;
    ended = false;
  }

  /// Lets go of the caller's objects.
  void release() {
    source = InputStream.nullInputStream();
    target = Discard.INSTANCE;
  }

  /// Gives whole bytes back to the buffer; at most seven bits stay in `bitBuf`.
  void unreadWholeBytes() {
    position -= bitCount >>> 3;
    bitCount &= 7;
    bitBuf &= (1L << bitCount) - 1;
  }

  /// The first byte of which no bit has been consumed.
  long wholeByteOffset() {
    return base + position - (bitCount >>> 3);
  }

  /// Hands every byte before `position` to the target.
  void deliver() {
    if (position > delivered) {
      target.compressed(buffer, delivered, position - delivered);
      delivered = position;
    }
  }

  /// Makes `MARGIN` bytes available if the stream still has them.
  ///
  /// @throws MalformedGzipException if more was consumed than there is
  void refill() throws IOException {
    if (ended) {
      if (overrun()) {
        throw truncated();
      }
      return;
    }
    unreadWholeBytes();
    deliver();
    System.arraycopy(buffer, position, buffer, 0, limit - position);
    base += position;
    limit -= position;
    position = 0;
    delivered = 0;
    int emptyReads = 0;
    while (limit <= MARGIN) {
      int count = source.read(buffer, limit, CAPACITY - limit);
      if (count < 0) {
        ended = true;
        Arrays.fill(buffer, limit, limit + PADDING, (byte) 0);
        return;
      }
      if (count == 0 && ++emptyReads > MAX_EMPTY_READS) {
        throw new IOException("The source of compressed bytes keeps returning nothing");
      }
      limit += count;
    }
  }

  /// Whether a byte follows. The stream must stand at a byte border.
  boolean hasMore() throws IOException {
    unreadWholeBytes();
    if (position >= limit) {
      refill();
    }
    return position < limit;
  }

  /// Makes at least `count <= 48` bits available in `bitBuf`.
  void need(int count) throws IOException {
    if (bitCount < count) {
      if (position > limit - MARGIN) {
        refill();
      }
      bitBuf |= (long) LONG.get(buffer, position) << bitCount;
      position += (63 - bitCount) >>> 3;
      bitCount |= 56;
    }
  }

  /// Takes `count <= 16` bits.
  int bits(int count) throws IOException {
    need(count);
    int value = (int) bitBuf & ((1 << count) - 1);
    drop(count);
    return value;
  }

  void drop(int count) {
    bitBuf >>>= count;
    bitCount -= count;
  }

  /// Drops the rest of a byte that is partly consumed.
  void alignToByte() throws IOException {
    if (overrun()) {
      throw truncated();
    }
    unreadWholeBytes();
    bitBuf = 0;
    bitCount = 0;
  }

  /// Takes a whole byte. The stream must stand at a byte border.
  int nextByte() throws IOException {
    if (!hasMore()) {
      throw truncated();
    }
    return buffer[position++] & 0xff;
  }

  /// Whether bits of the padding were consumed.
  private boolean overrun() {
    return 8L * position - bitCount > 8L * limit;
  }

  MalformedGzipException truncated() {
    return new MalformedGzipException(base + limit, "the stream ends too early");
  }

  /// What is wrong, unless the reason is that bits behind the stream's end were taken for data.
  MalformedGzipException malformed(String reason) {
    if (overrun()) {
      return truncated();
    }
    return new MalformedGzipException(wholeByteOffset(), reason);
  }

  /// Stands for no target.
  private enum Discard implements InflateTarget {
    INSTANCE;

    @Override
    public void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length) {}
  }
}
