package io.thaw.ztoc.zstd;

import java.io.IOException;
import java.io.InputStream;

/// Reads zstd frames (RFC 8878) and shows the borders between them, at which decoding can begin.
///
/// Headers are walked over and checked before a decoder sees a byte, so a decoder never allocates
/// more than the window allowed. Memory: 256 KiB and what the decoder takes. A reader can be used
/// again and again, by one thread at a time.
public final class FrameReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 128 << 10;

  private final Tools tools;
  private long largestWindow;

  /// What walks over frames share.
  static final class Tools {
    final FrameDecoder decoder;
    final FrameLimits limits;
    final byte[] input = new byte[BUFFER_BYTES];
    final byte[] output = new byte[BUFFER_BYTES];

    Tools(FrameDecoder decoder, FrameLimits limits) {
      this.decoder = decoder;
      this.limits = limits;
    }
  }

  /// @param decoder is closed with the reader
  public FrameReader(FrameDecoder decoder, FrameLimits limits) {
    tools = new Tools(decoder, limits);
  }

  /// Whether the first four bytes of a layer begin a zstd frame, of whatever kind or age.
  public static boolean isFrame(byte[] magic) {
    return FrameHeaderParser.isFrame(magic);
  }

  /// Reads a whole layer and cuts it into spans of whole frames.
  ///
  /// A span ends with the first frame that brings it to `spanSize` decoded bytes, before a frame
  /// that says it has so many of its own, or where [FrameLimits] ends it.
  ///
  /// @param maxUncompressed a layer that decodes to more fails
  /// @throws EagerLayerException if it is a single frame, or has one beyond the limits, and the
  ///     target does not want the bytes of such a layer
  /// @throws MalformedZstdException if the bytes are broken, end early or have something behind
  ///     them that is no frame
  public void readAll(InputStream source, long spanSize, long maxUncompressed, FrameTarget target)
      throws IOException {
    new LayerWalk(tools, source, spanSize, maxUncompressed, target).run();
  }

  /// Decodes the frames of a span.
  ///
  /// @param source exactly the bytes of the span; not closed, and not always read to its end
  /// @param compressedStart where they stand in the layer
  /// @param last whether what decodes beyond `uncompressedEnd` is padding, and not an error
  /// @throws EagerLayerException if a frame needs more memory than the limits allow
  /// @throws MalformedZstdException if the bytes do not decode to those up to `uncompressedEnd`
  public void readSpan(
      InputStream source,
      long compressedStart,
      long uncompressedStart,
      long uncompressedEnd,
      boolean last,
      FrameTarget target)
      throws IOException {
    SpanWalk walk =
        new SpanWalk(
            tools, source, compressedStart, uncompressedStart, uncompressedEnd, last, target);
    try {
      walk.run();
    } finally {
      largestWindow = Math.max(largestWindow, walk.largestWindowBytes());
    }
  }

  /// The largest window of all spans read so far: memory that the decoder may still hold.
  public long largestWindowBytes() {
    return largestWindow;
  }

  @Override
  public void close() {
    tools.decoder.close();
  }
}
