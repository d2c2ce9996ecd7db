package io.thaw.ztoc;

import io.thaw.ztoc.inflate.Inflater;
import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.zstd.FrameDecoders;
import io.thaw.ztoc.zstd.FrameLimits;
import io.thaw.ztoc.zstd.FrameReader;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ArrayBlockingQueue;

/// Decodes single spans of a layer.
///
/// Safe for use by many threads at once: each call takes its working memory (about 400 KiB for
/// gzip, and as much beside the heap with ISA-L; for zstd 256 KiB and the frames' window) from a
/// small pool, so one extractor per process is enough. What is pooled is never closed.
public final class SpanExtractor {
  private static final int COPY_BYTES = 128 << 10;
  private static final long ZLIB_HEADER_BYTES = 2;

  /// A decoder that was asked for a larger window is not kept: it would hold that memory for good.
  private static final long MAX_POOLED_WINDOW_BYTES = 8 << 20;

  private final ArrayBlockingQueue<Inflater> idle =
      new ArrayBlockingQueue<>(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));

  private final ArrayBlockingQueue<FrameReader> idleFrames =
      new ArrayBlockingQueue<>(idle.remainingCapacity());
  private final Inflater.Engine engine;
  private final FrameDecoders decoders;

  /// An extractor for layers that are gzip or plain.
  public SpanExtractor() {
    this(FrameDecoders.NONE);
  }

  /// An extractor for layers of all kinds, with the fastest engine that the host has.
  ///
  /// @param decoders for layers that are zstd
  public SpanExtractor(FrameDecoders decoders) {
    this(Inflater.fastest(), decoders);
  }

  /// An extractor for layers of all kinds.
  ///
  /// @param engine for layers that are gzip
  /// @param decoders for layers that are zstd
  public SpanExtractor(Inflater.Engine engine, FrameDecoders decoders) {
    this.engine = engine;
    this.decoders = decoders;
  }

  /// What decodes zstd.
  public FrameDecoders decoders() {
    return decoders;
  }

  /// Hands all uncompressed bytes of `span` to `sink`, in order and in pieces of bounded size.
  ///
  /// The digest of the compressed bytes is not verified here; see [SpanDigests].
  ///
  /// @param compressed exactly the bytes `[compressedStart(span), compressedEnd(span))`; not
  ///     closed, and not always read to its end
  /// @throws MalformedGzipException if they are gzip and do not inflate to the whole span
  /// @throws io.thaw.ztoc.zstd.MalformedZstdException if they are zstd and do not decode to it
  /// @throws io.thaw.ztoc.zstd.EagerLayerException if they are zstd and take too much memory
  public void extract(Ztoc ztoc, int span, InputStream compressed, SpanSink sink)
      throws IOException {
    SpanTable spans = ztoc.spans();
    if (spans.uncompressedLength(span) == 0) {
      return;
    }
    switch (ztoc.compression()) {
      case UNCOMPRESSED -> copy(spans, span, compressed, sink);
      case ZSTD -> decode(spans, span, compressed, sink);
      case GZIP -> {
        Inflater pooled = idle.poll();
        Inflater inflater = pooled == null ? new Inflater(engine) : pooled;
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

  private void decode(SpanTable spans, int span, InputStream compressed, SpanSink sink)
      throws IOException {
    FrameReader pooled = idleFrames.poll();
    FrameReader frames =
        pooled == null ? new FrameReader(decoders.open(), FrameLimits.DEFAULT) : pooled;
    try {
      frames.readSpan(
          compressed,
          spans.compressedStart(span),
          spans.uncompressedStart(span),
          spans.uncompressedEnd(span),
          spans.uncompressedEnd(span) == spans.uncompressedSizeBytes(),
          sink::accept);
    } finally {
      if (frames.largestWindowBytes() > MAX_POOLED_WINDOW_BYTES || !idleFrames.offer(frames)) {
        frames.close();
      }
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
