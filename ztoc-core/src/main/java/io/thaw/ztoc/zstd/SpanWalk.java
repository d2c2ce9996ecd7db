package io.thaw.ztoc.zstd;

import io.thaw.ztoc.zstd.FrameReader.Tools;
import java.io.IOException;
import java.io.InputStream;

/// Decodes one span.
final class SpanWalk extends FrameWalk {
  private final long end;
  private final boolean last;
  private final FrameTarget target;

  SpanWalk(
      Tools tools,
      InputStream source,
      long compressedStart,
      long start,
      long end,
      boolean last,
      FrameTarget target) {
    super(tools, source, compressedStart, start);
    this.end = end;
    this.last = last;
    this.target = target;
  }

  void run() throws IOException {
    walk();
    if (decoded() < end) {
      throw new MalformedZstdException(
          offset(),
          "the span decodes to the bytes up to %d only, not %d".formatted(decoded(), end));
    }
  }

  @Override
  void beginContent(FrameHeader.Content header) {}

  @Override
  void beginSkippable(FrameHeader.Skippable header) {}

  @Override
  void endContent() {}

  @Override
  void checkStored(long frameBytes) {}

  @Override
  void take(byte[] buffer, int offset, int length) {}

  @Override
  void emit(byte[] buffer, int length) throws IOException {
    long left = end - decoded();
    if (length > left && !last) {
      throw new MalformedZstdException(
          frameStart(), "the span decodes to more bytes than those up to " + end);
    }
    if (left > 0) {
      target.uncompressed(decoded(), buffer, 0, (int) Math.min(length, left));
    }
  }

  /// What follows the tar's end in the last span is padding that nobody needs.
  @Override
  boolean isSatisfied() {
    return last && decoded() >= end;
  }
}
