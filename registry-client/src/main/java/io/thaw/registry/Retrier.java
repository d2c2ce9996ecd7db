package io.thaw.registry;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Repeats what failed for a passing reason: a bounded number of times, with capped exponential
/// waits and full jitter, so that the nodes of a cluster do not come back in step.
final class Retrier {

  private static final Logger log = LoggerFactory.getLogger(Retrier.class);
  private static final int MAX_DOUBLINGS = 30;

  private final RegistryConfig.Retry rules;
  private final Environment environment;
  private volatile boolean stopped;

  /// One try. Only a retryable [RegistryException] leads to another one.
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException;
  }

  Retrier(RegistryConfig.Retry rules, Environment environment) {
    this.rules = rules;
    this.environment = environment;
  }

  /// From now on nothing is tried again.
  void stop() {
    stopped = true;
  }

  boolean stopped() {
    return stopped;
  }

  int maxAttempts() {
    return rules.maxAttempts();
  }

  <T> T run(Attempt<T> attempt) throws IOException {
    for (int tried = 1; ; tried++) {
      try {
        return attempt.run();
      } catch (RegistryException e) {
        if (!e.kind().retryable() || stopped) {
          throw e;
        }
        if (tried >= rules.maxAttempts()) {
          throw tried == 1 ? e : gaveUp(e, tried);
        }
        pause(tried, e);
      }
    }
  }

  private static RegistryException gaveUp(RegistryException last, int tried) {
    return new RegistryException(
        last.kind(),
        last.host(),
        last.status(),
        last.getMessage() + " (tried " + tried + " times)",
        last,
        last.retryAfter());
  }

  /// Waits after the given number of failed tries.
  void pause(int tried, RegistryException failure) throws InterruptedIOException {
    Duration wait = waitAfter(tried, failure.retryAfter());
    log.debug("try {} failed, next one in {} ms: {}", tried, wait.toMillis(), failure.getMessage());
    try {
      environment.sleeper().sleep(wait);
    } catch (InterruptedException e) {
      throw interrupted("waiting to retry", e);
    }
  }

  private Duration waitAfter(int tried, @Nullable Duration retryAfter) {
    long minNanos = rules.minWait().toNanos();
    long maxNanos = rules.maxWait().toNanos();
    long ceiling =
        Math.clamp(
            (long) (minNanos * (double) (1L << Math.min(tried - 1, MAX_DOUBLINGS))), 1, maxNanos);
    long jittered = environment.random().nextLong(ceiling + 1);
    if (retryAfter == null) {
      return Duration.ofNanos(jittered);
    }
    // The server named a moment: not earlier, and not everyone at that very moment.
    long asked = Math.min(retryAfter.toNanos(), maxNanos);
    return Duration.ofNanos(asked + Math.min(jittered, minNanos));
  }

  /// Reads `Retry-After`, which is seconds or an HTTP date; null when it is absent, senseless or
  /// in the past.
  static @Nullable Duration retryAfter(@Nullable String value, Instant now) {
    if (value == null) {
      return null;
    }
    String text = value.strip();
    if (!text.isEmpty() && text.length() <= 9 && text.chars().allMatch(Character::isDigit)) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration left = Duration.between(now, until);
      // Days ahead is as good as "long": the cap cuts it, and nanoseconds of years overflow.
      return left.isNegative()
          ? null
          : left.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1) : left;
    } catch (DateTimeException e) {
      log.debug("ignoring a Retry-After that is neither seconds nor a date");
      return null;
    }
  }

  /// The exception for a thread that was interrupted; its interrupt flag is set again.
  static InterruptedIOException interrupted(String doing, InterruptedException cause) {
    Thread.currentThread().interrupt();
    InterruptedIOException result = new InterruptedIOException("interrupted while " + doing);
    result.initCause(cause);
    return result;
  }
}
