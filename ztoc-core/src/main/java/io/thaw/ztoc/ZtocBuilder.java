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
/// Safe for use by many threads; each call works on its own. Memory: about 500 KiB, the file list,
/// and at most 8 MiB of windows; more windows wait in a temporary file.
public final class ZtocBuilder {
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

  /// Reads the layer to its end and finds out by its first bytes how it is stored: gzip or zstd if
  /// it has their magic, else a plain tar. A zlib stream must be announced as [Compression#GZIP].
  ///
  /// @param layer the stored bytes; not closed
  /// @throws io.thaw.ztoc.inflate.MalformedGzipException if the gzip bytes are broken
  /// @throws io.thaw.ztoc.zstd.MalformedZstdException if the zstd bytes are broken
  /// @throws io.thaw.ztoc.zstd.EagerLayerException if they are zstd that cannot be read lazily
  /// @throws io.thaw.ztoc.tar.MalformedTarException if the tar is broken or cannot be indexed
  public BuiltZtoc build(InputStream layer) throws IOException {
    PushbackInputStream source = new PushbackInputStream(layer, MAGIC_BYTES);
    byte[] magic = source.readNBytes(MAGIC_BYTES);
    source.unread(magic);
    return build(source, compressionOf(magic));
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
    CheckpointSpool spool = new CheckpointSpool(options.spillDirectory());
    boolean done = false;
    try {
      LayerScan scan = new LayerScan(options, spool);
      switch (compression) {
        case GZIP ->
            new Inflater()
                .inflateAll(layer, options.spanSizeBytes(), options.maxUncompressedBytes(), scan);
        case UNCOMPRESSED -> readPlain(layer, scan);
        case ZSTD -> {
          try (FrameReader frames = new FrameReader(decoders.open(), FrameLimits.DEFAULT)) {
            frames.readAll(layer, options.spanSizeBytes(), options.maxUncompressedBytes(), scan);
          }
        }
      }
      BuiltZtoc built = scan.finish(compression);
      done = true;
      return built;
    } finally {
      if (!done) {
        spool.close();
      }
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
