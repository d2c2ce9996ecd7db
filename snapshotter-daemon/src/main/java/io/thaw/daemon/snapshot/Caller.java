package io.thaw.daemon.snapshot;

import java.util.concurrent.CompletableFuture;

/// Whether whoever made the call that runs on this thread still waits for its answer.
public final class Caller {
  private static final ScopedValue<CompletableFuture<Void>> GONE = ScopedValue.newInstance();

  private Caller() {}

  /// Runs a call.
  ///
  /// @param gone completes when the caller has gone away
  public static <T, X extends Throwable> T call(
      CompletableFuture<Void> gone, ScopedValue.CallableOp<T, X> work) throws X {
    return ScopedValue.where(GONE, gone).call(work);
  }

  /// Completes when the caller has gone away; never, where there is none.
  public static CompletableFuture<Void> gone() {
    return GONE.isBound() ? GONE.get() : new CompletableFuture<>();
  }
}
