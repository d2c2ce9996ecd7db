package io.thaw.ztoc.inflate;

import java.io.IOException;

/// The compressed bytes of a layer are broken.
public final class MalformedGzipException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long offset;

  /// Describes what was found where.
  ///
  /// @param offset compressed offset at which the trouble was seen
  /// @param reason what is wrong, with the value found
  public MalformedGzipException(long offset, String reason) {
    super("Malformed gzip at compressed offset " + offset + ": " + reason);
    this.offset = offset;
  }

  /// The compressed offset at which the trouble was seen.
  public long offset() {
    return offset;
  }
}
