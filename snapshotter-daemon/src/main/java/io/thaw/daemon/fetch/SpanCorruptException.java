package io.thaw.daemon.fetch;

import java.io.IOException;

/// The bytes that arrived for a span are not the bytes its layer's zTOC promises. None of them was
/// shown to a reader.
public final class SpanCorruptException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int span;

  public SpanCorruptException(int span, String message) {
    super(message);
    this.span = span;
  }

  /// The span's number within its layer.
  public int span() {
    return span;
  }
}
