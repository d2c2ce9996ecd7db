package io.thaw.registry;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/// The bytes `[start, end)` of a blob, arriving. Not verified: a range has no digest of its own
/// here.
///
/// The stream gives exactly `end - start` bytes and then ends; if it cannot, reading throws.
/// Close it in any case; closing early aborts the transfer. To be used by one thread at a time.
public final class RangeResponse implements Closeable {

  private final long start;
  private final long end;
  private final boolean rangeHonored;
  private final String servedBy;
  private final InputStream body;

  /// @param rangeHonored false when the server sent the whole blob and the bytes before `start`
  ///     had to be skipped
  /// @param servedBy host that serves the bytes, which is not the registry after a redirect
  public RangeResponse(
      long start, long end, boolean rangeHonored, String servedBy, InputStream body) {
    this.start = start;
    this.end = end;
    this.rangeHonored = rangeHonored;
    this.servedBy = servedBy;
    this.body = body;
  }

  /// Offset of the first byte.
  public long start() {
    return start;
  }

  /// Offset after the last byte.
  public long end() {
    return end;
  }

  /// Whether the server sent only what was asked for. When false, small ranges are as dear as the
  /// whole blob.
  public boolean rangeHonored() {
    return rangeHonored;
  }

  /// Host the bytes come from.
  public String servedBy() {
    return servedBy;
  }

  /// The bytes; ends after exactly `end - start` of them.
  public InputStream body() {
    return body;
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
