package io.thaw.daemon.timeline;

/// What an event of a timeline is about.
public enum EventKind {
  /// The image's index was looked for.
  RESOLVED,
  /// A layer's zTOC was fetched and opened.
  OPENED,
  /// A layer was fetched whole and unpacked.
  UNPACKED,
  /// A mount of a layer serves.
  MOUNTED,
  /// A reader waited for spans, and got them.
  WAITED,
  /// A reader waited for spans in vain.
  FAILED,
  /// Spans arrived that a reader waited for.
  DEMAND,
  /// Spans arrived that a reader was expected to want.
  READ_AHEAD,
  /// Spans arrived that a profile or an artifact names.
  PREFETCH,
  /// Spans arrived that nobody asked for.
  FILL,
  /// A span was verified, inflated and written.
  STORED,
  /// A layer became an ordinary directory.
  SETTLED,
  /// How much CPU time the daemon has used, in `bytes` as nanoseconds.
  CPU
}
