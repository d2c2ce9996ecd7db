package io.thaw.cli.builder.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class RetryPlanTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final RetryPlan plan = new RetryPlan(20, Duration.ofSeconds(10), Duration.ofSeconds(600));

  @Test
  void waitsLieInTheUpperHalfOfDoublingBoundsAndStayBelowTheCap() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 200; round++) {
      for (int attempts = 1; attempts < 20; attempts++) {
        long longest = Math.min(600_000, 10_000L << Math.min(attempts - 1, 20));
        long wait =
            Duration.between(NOW, plan.next(NOW, attempts, random).orElseThrow()).toMillis();
        assertThat(wait).as("after %d", attempts).isBetween(longest / 2, longest);
      }
    }
  }

  @Test
  void endsWhenTheAttemptsAreUsedUp() {
    assertThat(plan.next(NOW, 19, RandomGenerator.getDefault())).isPresent();
    assertThat(plan.next(NOW, 20, RandomGenerator.getDefault())).isEmpty();
  }

  @Test
  void doesNotOverflowWithTheLargestSettings() {
    RetryPlan largest = new RetryPlan(100, Duration.ofDays(1), Duration.ofDays(7));

    assertThat(largest.next(NOW, 99, RandomGenerator.getDefault()).orElseThrow())
        .isBetween(NOW.plus(Duration.ofHours(84)), NOW.plus(Duration.ofDays(7)));
  }

  @Test
  void mayNotWaitAtAll() {
    RetryPlan none = new RetryPlan(3, Duration.ZERO, Duration.ZERO);

    assertThat(none.next(NOW, 1, RandomGenerator.getDefault())).contains(NOW);
  }

  @Test
  void refusesACapBelowTheFirstWait() {
    assertThatThrownBy(() -> new RetryPlan(3, Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
