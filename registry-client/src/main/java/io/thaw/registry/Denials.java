package io.thaw.registry;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Remembers what credentials were refused for, so that a hundred waiting readers do not ask a
/// token server or a credential helper a hundred times a second.
///
/// After a refusal nothing is tried for [#FIRST_PAUSE], twice as long after each further one in a
/// row, at most [#MAX_PAUSE]: so long may it take until rotated credentials are noticed.
final class Denials<K> {

  static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  static final Duration MAX_PAUSE = Duration.ofSeconds(30);

  private static final int MAX_DENIALS = 4096;
  private static final int MAX_DOUBLINGS = 10;

  private final Environment environment;
  private final BoundedCache<K, Denial> denials = new BoundedCache<>(MAX_DENIALS);

  /// @param failures in a row
  /// @param cause what to tell those who come meanwhile, or null
  private record Denial(int failures, Instant until, @Nullable RegistryException cause) {}

  Denials(Environment environment) {
    this.environment = environment;
  }

  boolean active(K key) {
    Denial denial = denials.get(key);
    return denial != null && environment.clock().instant().isBefore(denial.until());
  }

  /// The failure that still holds, or null.
  @Nullable RegistryException of(K key) {
    Denial denial = denials.get(key);
    RegistryException cause = denial == null ? null : denial.cause();
    return cause == null || !active(key)
        ? null
        : new RegistryException(
            cause.kind(), cause.host(), cause.status(), String.valueOf(cause.getMessage()));
  }

  void add(K key, @Nullable RegistryException cause) {
    if (active(key)) {
      return;
    }
    Denial before = denials.get(key);
    int failures = before == null ? 1 : before.failures() + 1;
    long pause = FIRST_PAUSE.toMillis() << Math.min(failures - 1, MAX_DOUBLINGS);
    Instant until = environment.clock().instant().plusMillis(Math.min(pause, MAX_PAUSE.toMillis()));
    denials.put(key, new Denial(failures, until, cause));
  }

  void end(K key) {
    Denial denial = denials.get(key);
    if (denial != null) {
      denials.remove(key, denial);
    }
  }
}
