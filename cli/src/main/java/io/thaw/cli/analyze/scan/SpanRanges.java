package io.thaw.cli.analyze.scan;

import io.thaw.ztoc.SpanTable;
import java.util.Arrays;

/// Where the spans of a stored layer lie, numbered `0 .. count()-1`; immutable.
///
/// Compressed ranges of neighbours may share a byte.
public final class SpanRanges {
  private final long[] compressedStart;
  private final long[] uncompressedStart;
  private final long[] compressedEnd;

  private SpanRanges(long[] compressedStart, long[] compressedEnd, long[] uncompressedStart) {
    this.compressedStart = compressedStart;
    this.compressedEnd = compressedEnd;
    this.uncompressedStart = uncompressedStart;
  }

  /// The spans of a zTOC.
  public static SpanRanges of(SpanTable table) {
    Builder builder = new Builder();
    for (int span = 0; span < table.count(); span++) {
      builder.start(
          table.compressedStart(span),
          span == 0 ? table.compressedStart(span) : table.compressedEnd(span - 1),
          table.uncompressedStart(span));
    }
    return builder.finish(table.compressedSizeBytes());
  }

  public int count() {
    return compressedStart.length;
  }

  /// The first stored byte that inflating the span needs.
  public long compressedStart(int span) {
    return compressedStart[span];
  }

  /// The end, exclusive, of the stored bytes that inflating the span needs.
  public long compressedEnd(int span) {
    return compressedEnd[span];
  }

  /// The span that holds the tar's byte at `uncompressedOffset`; the nearest one for an offset
  /// outside.
  public int spanOf(long uncompressedOffset) {
    int at = Arrays.binarySearch(uncompressedStart, uncompressedOffset);
    if (at < 0) {
      return Math.max(0, -at - 2);
    }
    while (at + 1 < uncompressedStart.length && uncompressedStart[at + 1] == uncompressedOffset) {
      at++; // empty spans start where the next one does
    }
    return at;
  }

  /// Collects spans in their order.
  static final class Builder {
    private long[] starts = new long[16];
    private long[] ends = new long[16];
    private long[] outs = new long[16];
    private int count;

    /// @param compressedStart first byte needed
    /// @param endOfPrevious end, exclusive, of what the span before needs
    void start(long compressedStart, long endOfPrevious, long uncompressedStart) {
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, count * 2);
        ends = Arrays.copyOf(ends, count * 2);
        outs = Arrays.copyOf(outs, count * 2);
      }
      if (count > 0) {
        ends[count - 1] = endOfPrevious;
      }
      starts[count] = compressedStart;
      outs[count] = uncompressedStart;
      count++;
    }

    int count() {
      return count;
    }

    SpanRanges finish(long compressedSizeBytes) {
      if (count > 0) {
        ends[count - 1] = compressedSizeBytes;
      }
      return new SpanRanges(
          Arrays.copyOf(starts, count), Arrays.copyOf(ends, count), Arrays.copyOf(outs, count));
    }
  }
}
