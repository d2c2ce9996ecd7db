package io.thaw.ztoc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The checkpoints of a zstd layer: where its groups of frames begin and end.
///
/// All little-endian. Header: `i32 version | i32 spanCount | i64 spanSize`. Record, one per span:
/// `i64 in | i64 end | i64 out`: its first stored byte, the one behind its last, and the tar bytes
/// before it. Described in docs/formats/ztoc-zstd.md.
final class FrameTable {
  static final int VERSION = 1;
  static final int HEADER_BYTES = 16;
  static final int RECORD_BYTES = 24;

  /// The most stored bytes a span may have: twice what ends one when it is built, for a span holds
  /// whole frames.
  static final long MAX_SPAN_BYTES = 512L << 20;

  private final FlatReader in;
  private final long start;
  private final long compressedSize;
  private final long[] ins;
  private final long[] ends;
  private final long[] outs;

  private FrameTable(FlatReader in, long start, int count, long compressedSize) {
    this.in = in;
    this.start = start;
    this.compressedSize = compressedSize;
    ins = new long[count];
    ends = new long[count];
    outs = new long[count];
  }

  /// The bytes of a table.
  static byte[] encode(SpanTable spans, long spanSize) {
    ByteBuffer out =
        ByteBuffer.allocate(HEADER_BYTES + spans.count() * RECORD_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(VERSION).putInt(spans.count()).putLong(spanSize);
    for (int span = 0; span < spans.count(); span++) {
      out.putLong(spans.compressedStart(span));
      out.putLong(spans.compressedEnd(span));
      out.putLong(spans.checkpointOut(span));
    }
    return out.array();
  }

  /// Reads a table.
  ///
  /// @param start where its bytes begin
  /// @param count how many spans the zTOC says it has
  static SpanTableReader.Result read(
      FlatReader in,
      long start,
      int length,
      int count,
      byte[] digests,
      long compressedSize,
      long uncompressedSize)
      throws IOException {
    in.enter("compression_info.checkpoints", -1);
    in.field("version");
    if (length < HEADER_BYTES) {
      throw in.malformed(start, length + " bytes are too few for a header");
    }
    int version = in.int32(start);
    if (version != VERSION) {
      throw in.malformed(start, "version " + version + " is not supported, only " + VERSION);
    }
    in.field("span_count");
    int found = in.int32(start + 4);
    if (found != count || length != HEADER_BYTES + (long) count * RECORD_BYTES) {
      throw in.malformed(
          start + 4, found + " records in " + length + " bytes do not make " + count + " spans");
    }
    in.field("span_size");
    long spanSize = in.int64(start + 8);
    if (spanSize < 1) {
      throw in.malformed(start + 8, spanSize + " is not positive");
    }
    FrameTable table = new FrameTable(in, start, count, compressedSize);
    for (int span = 0; span < count; span++) {
      table.readRecord(span);
    }
    SpanTable spans =
        new SpanTable(
            table.ins,
            table.outs,
            new byte[count],
            table.ends,
            digests,
            compressedSize,
            uncompressedSize);
    return new SpanTableReader.Result(Compression.ZSTD, spanSize, spans, -1);
  }

  private void readRecord(int span) throws IOException {
    long record = start + HEADER_BYTES + (long) span * RECORD_BYTES;
    in.enter("compression_info.checkpoints", span);
    in.field("in");
    long from = in.int64(record);
    long least = span == 0 ? 0 : ends[span - 1];
    if (from < least || from >= compressedSize) {
      throw in.malformed(
          record, from + " is not between " + least + " and the layer's end " + compressedSize);
    }
    in.field("end");
    long end = in.int64(record + 8);
    if (end <= from || end > compressedSize || end - from > MAX_SPAN_BYTES) {
      throw in.malformed(
          record + 8,
          end
              + " does not end a span that begins at "
              + from
              + ", with at most "
              + MAX_SPAN_BYTES
              + " bytes and before the layer's end "
              + compressedSize);
    }
    in.field("out");
    long out = in.int64(record + 16);
    long before = span == 0 ? 0 : outs[span - 1];
    if (out < before || (span == 0 && out != 0)) {
      throw in.malformed(record + 16, out + " comes after " + before);
    }
    ins[span] = from;
    ends[span] = end;
    outs[span] = out;
  }
}
