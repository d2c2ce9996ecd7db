package io.thaw.cli.builder.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// When a failed job is tried again.
///
/// The wait doubles with each attempt up to a cap, and is drawn evenly from its upper half, so
/// that jobs which failed together do not come back together.
///
/// @param maxAttempts how often a job is taken at most
/// @param firstWait the longest wait after the first attempt
/// @param maxWait the cap
public record RetryPlan(int maxAttempts, Duration firstWait, Duration maxWait) {
  public RetryPlan {
    if (maxAttempts < 1 || firstWait.isNegative() || maxWait.compareTo(firstWait) < 0) {
      throw new IllegalArgumentException(
          "retry plan of " + maxAttempts + " attempts from " + firstWait + " to " + maxWait);
    }
  }

  /// When to try again after `attempts` attempts; empty when there are no more.
  public Optional<Instant> next(Instant now, int attempts, RandomGenerator random) {
    if (attempts >= maxAttempts) {
      return Optional.empty();
    }
    long cap = maxWait.toMillis();
    long wait = firstWait.toMillis();
    for (int i = 1; i < attempts && wait < cap; i++) {
      wait *= 2;
    }
    long longest = Math.min(wait, cap);
    long half = longest / 2;
    return Optional.of(now.plusMillis(half + random.nextLong(longest - half + 1)));
  }
}
