package io.thaw.ztoc;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// An open zTOC file.
///
/// The file list and the span table are in memory; checkpoint windows (32 KiB each) stay in the
/// file
/// and are read when asked for. Safe for use by many threads until closed. The file must not change
/// while it is open; whoever opens it has verified its digest.
@SuppressWarnings("DoNotCallSuggester")
public final class Ztoc implements AutoCloseable {

  /// Length of a checkpoint's window.
  public static final int WINDOW_BYTES = 32768;

  private Ztoc() {}

  /// Opens a zTOC with [ZtocLimits#DEFAULT].
  ///
  /// @throws MalformedZtocException if the file breaks the format or a limit
  public static Ztoc open(Path file) throws IOException {
    return open(file, ZtocLimits.DEFAULT);
  }

  public static Ztoc open(Path file, ZtocLimits limits) throws IOException {
    throw new UnsupportedOperationException("not there yet");
  }

  /// The format version written in the file, `0.9` as SOCI writes it.
  public String version() {
    throw new UnsupportedOperationException("not there yet");
  }

  public String buildTool() {
    throw new UnsupportedOperationException("not there yet");
  }

  public Compression compression() {
    throw new UnsupportedOperationException("not there yet");
  }

  /// The span size the zTOC was built with, in uncompressed bytes.
  public long spanSizeBytes() {
    throw new UnsupportedOperationException("not there yet");
  }

  public long compressedSizeBytes() {
    throw new UnsupportedOperationException("not there yet");
  }

  public long uncompressedSizeBytes() {
    throw new UnsupportedOperationException("not there yet");
  }

  public Toc toc() {
    throw new UnsupportedOperationException("not there yet");
  }

  public SpanTable spans() {
    throw new UnsupportedOperationException("not there yet");
  }

  /// Reads the 32 KiB of tar bytes that precede `span` into `dst` at `offset`; zeros stand for
  /// bytes
  /// before the tar's start.
  public void readWindow(int span, byte[] dst, int offset) throws IOException {
    throw new UnsupportedOperationException("not there yet");
  }

  /// Every PAX record of an entry as the tar had it, read from the file.
  public List<PaxRecord> allPaxRecords(int entry) throws IOException {
    throw new UnsupportedOperationException("not there yet");
  }

  @Override
  public void close() throws IOException {
    throw new UnsupportedOperationException("not there yet");
  }
}
