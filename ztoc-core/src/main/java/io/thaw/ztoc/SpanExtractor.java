package io.thaw.ztoc;

import io.thaw.ztoc.inflate.Inflater;
import io.thaw.ztoc.inflate.MalformedGzipException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ArrayBlockingQueue;

/// Inflates single spans of a layer.
///
/// Safe for use by many threads at once: each call takes its working memory (about 400 KiB) from a
/// small pool, so one extractor per process is enough.
public final class SpanExtractor {
  private static final int COPY_BYTES = 128 << 10;
  private static final long ZLIB_HEADER_BYTES = 2;

  private final ArrayBlockingQueue<Inflater> idle =
      new ArrayBlockingQueue<>(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));

  public SpanExtractor() {}

  /// Hands all uncompressed bytes of `span` to `sink`, in order and in pieces of bounded size.
  ///
  /// The digest of the compressed bytes is not verified here; see [SpanDigests].
  ///
  /// @param compressed exactly the bytes `[compressedStart(span), compressedEnd(span))`; not
  ///     closed, and not always read to its end
  /// @throws MalformedGzipException if they do not inflate to the whole span
  public void extract(Ztoc ztoc, int span, InputStream compressed, SpanSink sink)
      throws IOException {
    SpanTable spans = ztoc.spans();
    if (spans.uncompressedLength(span) == 0) {
      return;
    }
    switch (ztoc.compression()) {
      case UNCOMPRESSED -> copy(spans, span, compressed, sink);
      case GZIP -> {
        Inflater pooled = idle.poll();
        Inflater inflater = pooled == null ? new Inflater() : pooled;
        try {
          inflate(inflater, ztoc, span, compressed, sink);
        } finally {
          idle.offer(inflater);
        }
      }
    }
  }

  /// As above, from bytes already in memory.
  public void extract(Ztoc ztoc, int span, byte[] compressed, int offset, int length, SpanSink sink)
      throws IOException {
    extract(ztoc, span, new ByteArrayInputStream(compressed, offset, length), sink);
  }

  private static void inflate(
      Inflater inflater, Ztoc ztoc, int span, InputStream compressed, SpanSink sink)
      throws IOException {
    SpanTable spans = ztoc.spans();
    ztoc.readWindow(span, inflater.historyBuffer(), 0);
    long wanted = spans.uncompressedLength(span);
    long got =
        inflater.inflateSpan(
            compressed,
            spans.compressedStart(span),
            spans.startBits(span),
            spans.compressedStart(0) == ZLIB_HEADER_BYTES,
            spans.uncompressedStart(span),
            spans.uncompressedEnd(span),
            sink::accept);
    boolean last = spans.uncompressedEnd(span) == spans.uncompressedSizeBytes();
    if (got > wanted && !last) {
      throw new MalformedGzipException(
          spans.compressedEnd(span),
          "span " + span + " inflates to more than the " + wanted + " bytes its zTOC promises");
    }
  }

  private static void copy(SpanTable spans, int span, InputStream stored, SpanSink sink)
      throws IOException {
    byte[] buffer = new byte[(int) Math.min(COPY_BYTES, spans.uncompressedLength(span))];
    long position = spans.uncompressedStart(span);
    long end = spans.uncompressedEnd(span);
    while (position < end) {
      int count = stored.read(buffer, 0, (int) Math.min(buffer.length, end - position));
      if (count < 0) {
        throw new EOFException(
            "The bytes of span " + span + " end " + (end - position) + " bytes too early");
      }
      sink.accept(position, buffer, 0, count);
      position += count;
    }
  }
}
