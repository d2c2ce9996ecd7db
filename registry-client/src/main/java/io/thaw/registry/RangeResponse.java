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
  private final Origin origin;

  /// The hosts the bytes came from; holds none of the bytes.
  @FunctionalInterface
  public interface Origin {
    /// The bytes were wrong. Mirrors among the hosts are not asked for a while.
    ///
    /// @param why for the log
    /// @return whether another host is asked from now on
    boolean distrust(String why);
  }

  /// @param rangeHonored false when the server sent the whole blob and the bytes before `start`
  ///     had to be skipped
  /// @param servedBy host that serves the bytes, which is not the registry after a redirect
  /// @param origin to be told if the bytes turn out to be wrong
  public RangeResponse(
      long start,
      long end,
      boolean rangeHonored,
      String servedBy,
      InputStream body,
      Origin origin) {
    this.start = start;
    this.end = end;
    this.rangeHonored = rangeHonored;
    this.servedBy = servedBy;
    this.body = body;
    this.origin = origin;
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

  /// To be told if the bytes turn out to be wrong, also after this is closed.
  public Origin origin() {
    return origin;
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
