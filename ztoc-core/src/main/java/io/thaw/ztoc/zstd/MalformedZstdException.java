package io.thaw.ztoc.zstd;

import java.io.IOException;

/// The stored bytes of a layer are no sequence of zstd frames that can be decoded.
public final class MalformedZstdException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long offset;

  /// Describes what was found where.
  ///
  /// @param offset compressed offset at which the trouble was seen
  /// @param reason what is wrong, with the value found
  public MalformedZstdException(long offset, String reason) {
    super("Malformed zstd at compressed offset " + offset + ": " + reason);
    this.offset = offset;
  }

  /// The compressed offset at which the trouble was seen.
  public long offset() {
    return offset;
  }
}
