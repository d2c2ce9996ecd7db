package io.thaw.daemon.fetch;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One span on its way. All who wish for the span share its flight; it ends with the span stored or
/// with an error.
///
/// Mutable fields are guarded by the lock of the {@link LayerFetches} that made it, except where
/// they are volatile.
final class SpanFlight {
  /// Where the flight is; it only moves forward, or back to CLAIMED after a failure.
  enum State {
    /// A job has it on its list; a more urgent job may take it over.
    CLAIMED,
    /// Its bytes are arriving.
    READING,
    /// Its bytes are here; they are being verified and written.
    STORING
  }

  final int span;
  final CompletableFuture<Void> done = new CompletableFuture<>();
  final long startNanos = System.nanoTime();

  State state = State.CLAIMED;
  @Nullable RangeJob owner;
  int corruptions;

  /// Readers that wait for it now.
  final AtomicInteger waiters = new AtomicInteger();

  /// Why the latest transfer failed.
  volatile @Nullable IOException lastError;

  SpanFlight(int span) {
    this.span = span;
  }

  boolean urgent() {
    return waiters.get() > 0;
  }
}
