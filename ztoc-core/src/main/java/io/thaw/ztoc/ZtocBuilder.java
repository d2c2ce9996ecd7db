package io.thaw.ztoc;

import io.thaw.ztoc.inflate.Inflater;
import io.thaw.ztoc.zstd.FrameDecoders;
import io.thaw.ztoc.zstd.FrameLimits;
import io.thaw.ztoc.zstd.FrameReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;

/// Builds a zTOC in one pass over a stored layer.
///
/// Safe for use by many threads; each call works on its own and takes at most [#MAX_HEAP_BYTES] of
/// heap, whatever the layer. Windows and file lists that need more wait in temporary files, which
/// together hold the bytes of the zTOC and four per entry at most.
public final class ZtocBuilder {
  /// What one build takes of the heap at most: up to 4 MiB each of windows, of the file list and of
  /// the flatbuffer, the table of 65,536 spans while it grows, headers of the largest size, and the
  /// inflater.
  public static final long MAX_HEAP_BYTES = 40L << 20;

  private static final int MAGIC_BYTES = 4;

  private final ZtocOptions options;
  private final FrameDecoders decoders;

  /// A builder for layers that are gzip or plain.
  public ZtocBuilder(ZtocOptions options) {
    this(options, FrameDecoders.NONE);
  }

  /// A builder for layers of all kinds.
  ///
  /// @param decoders for layers that are zstd
  public ZtocBuilder(ZtocOptions options, FrameDecoders decoders) {
    this.options = options;
    this.decoders = decoders;
  }

  /// How many builds may run at once in a heap of `maxHeapBytes`, a third of which is left to the
  /// rest of the program; at least one, at most `wanted`.
  public static int buildsThatFit(long maxHeapBytes, int wanted) {
    long fit = maxHeapBytes / 3 * 2 / MAX_HEAP_BYTES;
    return (int) Math.max(1, Math.min(wanted, fit));
  }

  /// Reads the layer to its end and finds out by its first bytes how it is stored: gzip or zstd if
  /// it has their magic, else a plain tar. A zlib stream must be announced as [Compression#GZIP].
  ///
  /// @param layer the stored bytes; not closed
  /// @throws io.thaw.ztoc.inflate.MalformedGzipException if the gzip bytes are broken
  /// @throws io.thaw.ztoc.zstd.MalformedZstdException if the zstd bytes are broken
  /// @throws io.thaw.ztoc.zstd.EagerLayerException if they are zstd that cannot be read lazily
  /// @throws io.thaw.ztoc.tar.MalformedTarException if the tar is broken or cannot be indexed
  /// @throws LayerLimitException if the layer exceeds a bound
  public BuiltZtoc build(InputStream layer) throws IOException {
    return build(layer, TocListener.NONE);
  }

  /// As above; `listener` is told each entry when its headers have been read.
  public BuiltZtoc build(InputStream layer, TocListener listener) throws IOException {
    PushbackInputStream source = new PushbackInputStream(layer, MAGIC_BYTES);
    byte[] magic = source.readNBytes(MAGIC_BYTES);
    source.unread(magic);
    return build(source, compressionOf(magic), listener);
  }

  private static Compression compressionOf(byte[] magic) {
    if (FrameReader.isFrame(magic)) {
      return Compression.ZSTD;
    }
    return startsWith(magic, 0x1f, 0x8b) ? Compression.GZIP : Compression.UNCOMPRESSED;
  }

  private static boolean startsWith(byte[] bytes, int... expected) {
    if (bytes.length < expected.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      if ((bytes[i] & 0xff) != expected[i]) {
        return false;
      }
    }
    return true;
  }

  /// Reads the layer to its end; it is stored as `compression` says.
  public BuiltZtoc build(InputStream layer, Compression compression) throws IOException {
    return build(layer, compression, TocListener.NONE);
  }

  /// As above; `listener` is told each entry when its headers have been read.
  public BuiltZtoc build(InputStream layer, Compression compression, TocListener listener)
      throws IOException {
    try (ZtocScan gathered = new ZtocScan(options, compression)) {
      LayerScan scan = new LayerScan(options, compression, gathered, listener);
      switch (compression) {
        case GZIP ->
            new Inflater().inflateAll(layer, options.spanSizeBytes(), Long.MAX_VALUE, scan);
        case UNCOMPRESSED -> readPlain(layer, scan);
        case ZSTD -> {
          try (FrameReader frames = new FrameReader(decoders.open(), FrameLimits.DEFAULT)) {
            frames.readAll(layer, options.spanSizeBytes(), options.maxUncompressedBytes(), scan);
          }
        }
      }
      return scan.finish();
    }
  }

  private static void readPlain(InputStream layer, LayerScan scan) throws IOException {
    byte[] buffer = new byte[128 << 10];
    while (true) {
      int count = layer.readNBytes(buffer, 0, buffer.length);
      if (count == 0) {
        return;
      }
      scan.plain(buffer, 0, count);
    }
  }
}
