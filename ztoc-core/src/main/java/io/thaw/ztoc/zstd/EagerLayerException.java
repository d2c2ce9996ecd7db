package io.thaw.ztoc.zstd;

import java.io.IOException;

/// A layer is well-formed as far as it was read, but cannot be read lazily with any profit.
public final class EagerLayerException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  /// @param reason why, as half a sentence
  public EagerLayerException(String reason) {
    super("The layer will be pulled eagerly: " + reason);
    this.reason = reason;
  }

  /// Why, as half a sentence.
  public String reason() {
    return reason;
  }
}
