package io.thaw.daemon.fetch;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// Waits that double up to a cap, each shortened by a random part so that many waiters do not come
/// back at once.
record Backoff(Duration initial, Duration max) {

  /// The wait after the `failures`-th failure in a row, counted from 1.
  long delayNanos(int failures) {
    int doublings = Math.min(Math.max(failures, 1) - 1, 30);
    long full = max.toNanos();
    if (initial.toNanos() <= full >> doublings) {
      full = initial.toNanos() << doublings;
    }
    return full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
  }
}
