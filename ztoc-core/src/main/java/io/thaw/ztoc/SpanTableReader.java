package io.thaw.ztoc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Reads checkpoints and span digests of a zTOC; leaves the windows in the file.
final class SpanTableReader {
  private static final String DIGEST_PREFIX = "sha256:";
  private static final int DIGEST_TEXT_BYTES = DIGEST_PREFIX.length() + 64;
  private static final int MAX_BITS = 7;

  private final FlatReader in;
  private final ZtocLimits limits;
  private final long compressedSize;
  private final long uncompressedSize;

  /// What is read.
  ///
  /// @param firstWindow where the window of checkpoint 0 is, or would be if version 1 had it;
  ///     without meaning for a plain tar
  record Result(Compression compression, long spanSize, SpanTable spans, long firstWindow) {}

  SpanTableReader(FlatReader in, ZtocLimits limits, long compressedSize, long uncompressedSize) {
    this.in = in;
    this.limits = limits;
    this.compressedSize = compressedSize;
    this.uncompressedSize = uncompressedSize;
  }

  Result read(long infoTable) throws IOException {
    in.enter("compression_info", -1);
    FlatTable info = new FlatTable(in).at(infoTable);
    in.field("max_span_id");
    int maxSpan = info.int32(ZtocSlots.ZInfo.MAX_SPAN);
    if (maxSpan < 0 || maxSpan >= limits.maxSpans()) {
      throw in.malformed(infoTable, maxSpan + " is not between 0 and " + (limits.maxSpans() - 1));
    }
    int count = maxSpan + 1;
    byte[] digests = digests(info, count);
    in.field("checkpoints");
    long checkpoints = info.requiredReference(ZtocSlots.ZInfo.CHECKPOINTS);
    int length = FlatTable.vectorCount(in, checkpoints, 1, Integer.MAX_VALUE);
    in.field("compression_algorithm");
    int algorithm = info.int8(ZtocSlots.ZInfo.ALGORITHM, Compression.GZIP.wireValue());
    return switch (algorithm) {
      case 'z' ->
          FrameTable.read(
              in, checkpoints + 4, length, count, digests, compressedSize, uncompressedSize);
      case 1 -> gzip(checkpoints + 4, length, count, digests);
      case 2 -> plainTar(checkpoints + 4, length, count, digests);
      default ->
          throw in.malformed(
              infoTable, algorithm + " is neither gzip (1), nor uncompressed (2), nor zstd (122)");
    };
  }

  private byte[] digests(FlatTable info, int count) throws IOException {
    in.field("span_digests");
    long vector = info.requiredReference(ZtocSlots.ZInfo.SPAN_DIGESTS);
    int found = FlatTable.vectorCount(in, vector, 4, limits.maxSpans());
    if (found != count) {
      throw in.malformed(vector, found + " digests for " + count + " spans");
    }
    byte[] digests = new byte[count * SpanTable.DIGEST_BYTES];
    for (int span = 0; span < count; span++) {
      in.enter("compression_info.span_digests", span);
      long target = in.target(vector + 4 + 4L * span);
      byte[] digest = digest(FlatTable.string(in, target, DIGEST_TEXT_BYTES), target);
      System.arraycopy(digest, 0, digests, span * SpanTable.DIGEST_BYTES, SpanTable.DIGEST_BYTES);
    }
    in.enter("compression_info", -1);
    return digests;
  }

  private byte[] digest(byte[] bytes, long offset) throws MalformedZtocException {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    boolean wellFormed =
        bytes.length == DIGEST_TEXT_BYTES
            && text.startsWith(DIGEST_PREFIX)
            && text.chars().skip(DIGEST_PREFIX.length()).allMatch(SpanTableReader::isLowerHex);
    if (!wellFormed) {
      throw in.malformed(offset, "\"" + text + "\" is not sha256: and 64 hexadecimal digits");
    }
    return HexFormat.of().parseHex(text, DIGEST_PREFIX.length(), DIGEST_TEXT_BYTES);
  }

  private static boolean isLowerHex(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }

  private Result gzip(long start, int length, int count, byte[] digests) throws IOException {
    in.enter("compression_info.checkpoints", -1);
    in.field("have");
    if (length < ZinfoLayout.HEADER_BYTES) {
      throw in.malformed(start, length + " bytes are too few for a header");
    }
    int have = in.int32(start);
    if (have != count) {
      throw in.malformed(start, have + " checkpoints for " + count + " spans");
    }
    in.field("span_size");
    long spanSize = in.int64(start + 4);
    if (spanSize < 1) {
      throw in.malformed(start + 4, spanSize + " is not positive");
    }
    int stored = storedCheckpoints(start, length, have);
    long[] ins = new long[have];
    long[] outs = new long[have];
    byte[] bits = new byte[have];
    int absent = have - stored;
    if (absent == 1) {
      ins[0] = ZinfoLayout.FIRST_IN_OF_VERSION_1;
      checkCheckpoint(0, start, ins, outs, bits);
    }
    for (int i = absent; i < have; i++) {
      long record =
          start + ZinfoLayout.HEADER_BYTES + (long) (i - absent) * ZinfoLayout.CHECKPOINT_BYTES;
      ins[i] = in.int64(record);
      outs[i] = in.int64(record + 8);
      bits[i] = (byte) in.uint8(record + 16);
      checkCheckpoint(i, record, ins, outs, bits);
    }
    long firstWindow =
        start
            + ZinfoLayout.HEADER_BYTES
            + ZinfoLayout.RECORD_HEAD_BYTES
            - (long) absent * ZinfoLayout.CHECKPOINT_BYTES;
    SpanTable spans =
        new SpanTable(ins, outs, bits, null, digests, compressedSize, uncompressedSize);
    return new Result(Compression.GZIP, spanSize, spans, firstWindow);
  }

  private int storedCheckpoints(long start, int length, int have) throws MalformedZtocException {
    int body = length - ZinfoLayout.HEADER_BYTES;
    if (body == (long) have * ZinfoLayout.CHECKPOINT_BYTES) {
      return have;
    }
    if (body == (long) (have - 1) * ZinfoLayout.CHECKPOINT_BYTES) {
      return have - 1;
    }
    in.field("length");
    throw in.malformed(start, length + " bytes do not fit " + have + " checkpoints");
  }

  private void checkCheckpoint(int i, long record, long[] ins, long[] outs, byte[] bits)
      throws MalformedZtocException {
    in.enter("compression_info.checkpoints", i);
    in.field("in");
    long least = i == 0 ? 2 : ins[i - 1] + 1;
    if (ins[i] < least || ins[i] > compressedSize) {
      throw in.malformed(
          record, ins[i] + " is not between " + least + " and the layer's end " + compressedSize);
    }
    in.field("out");
    long from = i == 0 ? 0 : outs[i - 1];
    if (outs[i] < from || (i == 0 && outs[i] != 0)) {
      throw in.malformed(record + 8, outs[i] + " comes after " + from);
    }
    in.field("bits");
    if (bits[i] < 0 || bits[i] > MAX_BITS) {
      throw in.malformed(record + 16, (bits[i] & 0xff) + " is more than " + MAX_BITS);
    }
  }

  private Result plainTar(long start, int length, int count, byte[] digests) throws IOException {
    in.enter("compression_info.checkpoints", -1);
    in.field("root");
    in.requireRange(start, length);
    FlatTable info = new FlatTable(in).at(in.target(start));
    in.field("span_size");
    long spanSize = info.int64(ZtocSlots.TarInfo.SPAN_SIZE);
    if (spanSize < 1) {
      throw in.malformed(info.position(), spanSize + " is not positive");
    }
    in.field("size");
    long size = info.int64(ZtocSlots.TarInfo.SIZE);
    if (size != compressedSize) {
      throw in.malformed(
          info.position(), size + " differs from compressed_archive_size " + compressedSize);
    }
    if (size < uncompressedSize || size < 1 || (size - 1) / spanSize + 1 != count) {
      throw in.malformed(
          info.position(),
          size + " bytes in spans of " + spanSize + " do not make " + count + " spans");
    }
    long[] starts = new long[count];
    for (int i = 0; i < count; i++) {
      starts[i] = i * spanSize;
    }
    SpanTable spans =
        new SpanTable(
            starts, starts, new byte[count], null, digests, compressedSize, uncompressedSize);
    return new Result(Compression.UNCOMPRESSED, spanSize, spans, -1);
  }
}
