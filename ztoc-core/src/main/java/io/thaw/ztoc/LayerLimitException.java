package io.thaw.ztoc;

import java.io.IOException;

/// A layer is whole but exceeds a bound on what is indexed. The message names the bound and, if it
/// can be raised, how.
public final class LayerLimitException extends IOException {
  private static final long serialVersionUID = 1L;

  LayerLimitException(String message) {
    super(message);
  }

  LayerLimitException(String message, Throwable cause) {
    super(message, cause);
  }

  /// The layer has more of something than a bound allows that is set by a system property.
  static LayerLimitException of(String finding, String property) {
    return new LayerLimitException(
        finding
            + "; if that is intended, raise the limit with the JVM option -D"
            + property
            + "=N");
  }
}
