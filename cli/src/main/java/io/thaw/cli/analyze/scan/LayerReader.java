package io.thaw.cli.analyze.scan;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.ZtocLimits;
import io.thaw.ztoc.inflate.InflateTarget;
import io.thaw.ztoc.inflate.Inflater;
import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.tar.MalformedTarException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.util.Optional;

/// Reads a stored layer once, whatever it is compressed with, as its first bytes tell.
///
/// Safe for use by many threads; each call works on its own. Memory: the file list, about 1 MiB,
/// and what [ElfStream] may keep.
public final class LayerReader {
  private static final int MAGIC_BYTES = 4;
  private static final int BUFFER_BYTES = 128 << 10;

  /// The largest window zstd layers may ask for: 128 MiB, what the zstd tool takes unasked.
  private static final int MAX_ZSTD_WINDOW_LOG = 27;

  /// A layer that unpacks to more is refused: 1 TiB, as when it is indexed.
  private static final long MAX_TAR = 1L << 40;

  private final Options options;

  /// How layers are read.
  ///
  /// @param spanSizeBytes least number of uncompressed bytes between two places a gzip layer can be
  ///     entered at; as in a zTOC
  /// @param executables whether to look into programs and libraries
  public record Options(long spanSizeBytes, boolean executables) {}

  public LayerReader(Options options) {
    this.options = options;
  }

  /// Reads a layer to its end. One that is broken within yields what was readable, and the problem.
  ///
  /// @param stored the layer as stored; its last read fails if the digest is wrong. Not closed
  /// @param spool takes the documents found
  /// @throws IOException if `stored` fails, or the layer breaks a bound
  public LayerContents read(InputStream stored, DocumentSpool spool) throws IOException {
    CountingInputStream counted = new CountingInputStream(stored);
    PushbackInputStream source =
        new PushbackInputStream(new BufferedInputStream(counted, BUFFER_BYTES), MAGIC_BYTES);
    byte[] magic = source.readNBytes(MAGIC_BYTES);
    source.unread(magic);
    Pass pass = new Pass(new ContentSink(spool, options.executables()));
    Compression compression = Compression.of(magic);
    String problem = "";
    try {
      switch (compression) {
        case GZIP -> new Inflater().inflateAll(source, options.spanSizeBytes(), MAX_TAR, pass);
        case ZSTD -> readZstd(source, pass);
        case UNCOMPRESSED -> readPlain(source, pass);
      }
      pass.entries.finish();
    } catch (MalformedGzipException | MalformedTarException | MalformedZstd e) {
      problem = String.valueOf(e.getMessage());
    }
    source.transferTo(OutputStream.nullOutputStream()); // its end tells whether the digest is right
    return pass.finish(compression, counted.count(), problem);
  }

  private void readPlain(InputStream source, Pass pass) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int n = source.read(buffer); n >= 0; n = source.read(buffer)) {
      pass.plainSpans(n, options.spanSizeBytes());
      pass.piece(buffer, n);
    }
  }

  private static void readZstd(InputStream source, Pass pass) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (ZstdInputStream zstd = new ZstdInputStream(new CountingInputStream(source))) {
      zstd.setLongMax(MAX_ZSTD_WINDOW_LOG);
      for (int n = readOrExplain(zstd, buffer); n >= 0; n = readOrExplain(zstd, buffer)) {
        pass.piece(buffer, n);
      }
    }
  }

  private static int readOrExplain(ZstdInputStream zstd, byte[] buffer) throws IOException {
    try {
      return zstd.read(buffer);
    } catch (ZstdIOException e) {
      throw new MalformedZstd(e);
    }
  }

  /// A broken zstd stream, told apart from a stream that cannot be read.
  private static final class MalformedZstd extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedZstd(IOException cause) {
      super("the zstd stream is broken: " + cause.getMessage(), cause);
    }
  }

  /// Everything one pass learns.
  private static final class Pass implements InflateTarget {
    private final ContentSink sink;
    private final EntryStream entries;
    private final SpanRanges.Builder spans = new SpanRanges.Builder();
    private long position;

    Pass(ContentSink sink) {
      this.sink = sink;
      this.entries = new EntryStream(sink, ZtocLimits.DEFAULT.maxEntries());
    }

    @Override
    public void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length)
        throws IOException {
      entries.accept(uncompressedOffset, buffer, offset, length);
    }

    @Override
    public void checkpoint(
        long compressedOffset, int bits, long uncompressedOffset, byte[] buffer, int windowOffset) {
      spans.start(compressedOffset - (bits == 0 ? 0 : 1), compressedOffset, uncompressedOffset);
    }

    /// Starts the spans of a plain tar that start in its next `length` bytes.
    void plainSpans(int length, long spanSizeBytes) {
      for (long next = spans.count() * spanSizeBytes;
          next < position + length;
          next += spanSizeBytes) {
        spans.start(next, next, next);
      }
    }

    /// Takes the next bytes of the tar.
    void piece(byte[] buffer, int length) throws IOException {
      entries.accept(position, buffer, 0, length);
      position += length;
      if (position > MAX_TAR) {
        throw new IOException("The layer unpacks to more than " + MAX_TAR + " bytes");
      }
    }

    LayerContents finish(Compression compression, long storedBytes, String problem) {
      Toc toc = entries.toc();
      return new LayerContents(
          compression,
          storedBytes,
          entries.tarBytes(),
          toc,
          sink.hashes(toc.count()),
          sink.documents(),
          sink.executables(),
          spans.count() == 0 ? Optional.empty() : Optional.of(spans.finish(storedBytes)),
          problem.isEmpty() ? Optional.empty() : Optional.of(problem),
          sink.oversized());
    }
  }
}
