package io.thaw.ztoc.tar;

import java.io.IOException;

/// The uncompressed bytes of a layer are broken.
public final class MalformedTarException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long offset;

  /// Describes what was found where.
  ///
  /// @param offset uncompressed offset at which the trouble was seen
  /// @param reason what is wrong, with the value found
  public MalformedTarException(long offset, String reason) {
    super("Malformed tar at uncompressed offset " + offset + ": " + reason);
    this.offset = offset;
  }

  /// The uncompressed offset at which the trouble was seen.
  public long offset() {
    return offset;
  }
}
