package io.thaw.ztoc;

import java.io.IOException;

/// The compressed bytes of a span are not those the zTOC promises.
public final class SpanDigestMismatchException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int span;

  SpanDigestMismatchException(int span, String reason) {
    super("Span " + span + " " + reason + "; its bytes are not used");
    this.span = span;
  }

  /// The number of the span.
  public int span() {
    return span;
  }
}
