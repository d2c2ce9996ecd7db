package io.thaw.daemon.fetch;

import java.time.Duration;

/// Hears what the scheduler does, for counters. Called from many threads; returns at once.
public interface FetchEvents {

  /// Hears nothing.
  FetchEvents NONE = new FetchEvents() {};

  /// A span was fetched, verified and stored.
  ///
  /// @param compressedBytes what it took from the source
  /// @param elapsed from the first byte asked for to stored
  default void spanStored(FetchKind kind, long compressedBytes, Duration elapsed) {}

  /// A range request was sent.
  default void rangeRequested(FetchKind kind, long bytes) {}

  /// A transfer failed and will be tried again, or not.
  default void transferFailed(FetchKind kind) {}

  /// Bytes did not have the promised digest.
  default void digestMismatch() {}

  /// A reader got its spans, or an error, after this long.
  default void demandWaited(Duration elapsed, boolean served) {}
}
