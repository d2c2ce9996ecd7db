package io.thaw.it.node;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Waits for a condition by asking for it again, a few milliseconds apart.
public final class Await {
  private static final long PAUSE_NANOS = 5_000_000;

  private Await() {}

  /// A condition that may fail to be evaluated.
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws IOException;
  }

  /// Returns once `condition` holds; throws an [IOException] that names `what` when it does not
  /// within `limit`.
  public static void until(Duration limit, String what, Condition condition) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IOException("Waited " + limit.toSeconds() + " s in vain for " + what);
      }
      pause();
    }
  }

  /// A short rest between two looks at something.
  public static void pause() throws IOException {
    rest(PAUSE_NANOS);
  }

  /// Lets time pass: for a moment that is to be a random one.
  public static void pause(Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      rest(left);
    }
  }

  private static void rest(long nanos) throws IOException {
    LockSupport.parkNanos(nanos);
    if (Thread.interrupted()) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while waiting");
    }
  }
}
