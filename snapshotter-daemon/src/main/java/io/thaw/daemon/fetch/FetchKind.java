package io.thaw.daemon.fetch;

/// Who wishes for a span, most urgent first.
public enum FetchKind {
  /// A reader is waiting.
  DEMAND,
  /// A reader is expected, because it reads one span after the other.
  READ_AHEAD,
  /// The image's author or an earlier run says that the span will be needed early.
  PREFETCH,
  /// Nobody asked; the layer is to be complete some day.
  FILL
}
