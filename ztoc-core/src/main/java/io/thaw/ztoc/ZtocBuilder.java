package io.thaw.ztoc;

import io.thaw.ztoc.inflate.Inflater;
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

  public ZtocBuilder(ZtocOptions options) {
    this.options = options;
  }

  /// Reads the layer to its end and finds out by its first bytes how it is stored: gzip if it has
  /// gzip's magic, else a plain tar. A zlib stream must be announced as [Compression#GZIP].
  ///
  /// @param layer the stored bytes; not closed
  /// @throws io.thaw.ztoc.inflate.MalformedGzipException if the compressed bytes are broken
  /// @throws io.thaw.ztoc.tar.MalformedTarException if the tar is broken or cannot be indexed
  public BuiltZtoc build(InputStream layer) throws IOException {
    PushbackInputStream source = new PushbackInputStream(layer, MAGIC_BYTES);
    byte[] magic = source.readNBytes(MAGIC_BYTES);
    source.unread(magic);
    return build(source, compressionOf(magic));
  }

  private static Compression compressionOf(byte[] magic) throws IOException {
    if (startsWith(magic, 0x28, 0xb5, 0x2f, 0xfd)) {
      throw new IOException("The layer is stored as zstd, for which there is no zTOC");
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
