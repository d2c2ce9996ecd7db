package io.thaw.ztoc;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Where the spans of a layer lie, numbered `0 .. count()-1`.
///
/// Compressed ranges are the bytes one must have to decode a span; neighbours of a gzip layer may
/// share one byte, those of a zstd layer may have bytes between them that belong to none.
/// Uncompressed ranges follow each other without a gap; a range may be empty. What lies past the
/// tar's end marker belongs to no span's uncompressed range.
///
/// Immutable and safe for use by many threads. Heap: 49 bytes per span, 57 of zstd.
public final class SpanTable {
  /// Length of a span digest: SHA-256.
  public static final int DIGEST_BYTES = 32;

  private final long[] checkpointIn;
  private final long[] checkpointOut;
  private final byte[] bits;
  private final long @Nullable [] ends;
  private final byte[] digests;
  private final long compressedSize;
  private final long uncompressedSize;

  /// @param checkpointIn first whole compressed byte of each span
  /// @param bits how many bits, the highest ones, of the byte before belong to the span, `0 .. 7`
  /// @param ends where each span ends; null if that is where the next one begins
  /// @param digests SHA-256 of each span, one after the other
  SpanTable(
      long[] checkpointIn,
      long[] checkpointOut,
      byte[] bits,
      long @Nullable [] ends,
      byte[] digests,
      long compressedSize,
      long uncompressedSize) {
    this.checkpointIn = checkpointIn;
    this.checkpointOut = checkpointOut;
    this.bits = bits;
    this.ends = ends;
    this.digests = digests;
    this.compressedSize = compressedSize;
    this.uncompressedSize = uncompressedSize;
  }

  public int count() {
    return checkpointIn.length;
  }

  /// Size of the stored layer in bytes.
  public long compressedSizeBytes() {
    return compressedSize;
  }

  /// Size of the tar in bytes, up to and including its end marker.
  public long uncompressedSizeBytes() {
    return uncompressedSize;
  }

  /// The first compressed byte needed, including one shared with the span before.
  public long compressedStart(int span) {
    return checkpointIn[span] - (bits[span] != 0 ? 1 : 0);
  }

  /// The end, exclusive, of the compressed bytes needed.
  public long compressedEnd(int span) {
    if (ends != null) {
      return ends[span];
    }
    return span + 1 < checkpointIn.length ? checkpointIn[span + 1] : compressedSize;
  }

  public long compressedLength(int span) {
    return compressedEnd(span) - compressedStart(span);
  }

  public long uncompressedStart(int span) {
    return Math.min(checkpointOut[span], uncompressedSize);
  }

  /// The end, exclusive, of the tar bytes the span holds.
  public long uncompressedEnd(int span) {
    return span + 1 < checkpointOut.length ? uncompressedStart(span + 1) : uncompressedSize;
  }

  public long uncompressedLength(int span) {
    return uncompressedEnd(span) - uncompressedStart(span);
  }

  /// The tar bytes before the span, as recorded; more than the tar has if the span is padding.
  long checkpointOut(int span) {
    return checkpointOut[span];
  }

  /// How many bits of the first byte belong to the span: its highest ones; 0 if all eight do.
  int startBits(int span) {
    return bits[span];
  }

  /// The span that holds the tar byte at `uncompressedOffset`.
  ///
  /// @throws IndexOutOfBoundsException outside `[0, uncompressedSizeBytes())`
  public int spanOf(long uncompressedOffset) {
    if (uncompressedOffset < 0 || uncompressedOffset >= uncompressedSize) {
      throw new IndexOutOfBoundsException(
          "offset " + uncompressedOffset + " is outside the tar of " + uncompressedSize + " bytes");
    }
    int low = 0;
    int high = checkpointOut.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (checkpointOut[middle] <= uncompressedOffset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /// SHA-256 of the span's compressed bytes, as a copy.
  public byte[] digest(int span) {
    int start = Math.multiplyExact(span, DIGEST_BYTES);
    return Arrays.copyOfRange(digests, start, start + DIGEST_BYTES);
  }

  /// Whether `candidate` is the span's digest.
  public boolean digestEquals(int span, byte[] candidate) {
    int start = Math.multiplyExact(span, DIGEST_BYTES);
    return Arrays.equals(digests, start, start + DIGEST_BYTES, candidate, 0, candidate.length);
  }
}
