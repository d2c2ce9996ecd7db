package io.thaw.daemon.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class LargestFirstTest {
  private final LargestFirst turns = new LargestFirst(1);
  private final List<Long> order = Collections.synchronizedList(new ArrayList<>());

  private record Waiter(Thread thread, CompletableFuture<Void> had) {}

  /// Somebody who waits for a turn by now, and passes it on as soon as it comes.
  private Waiter waiter(long size) throws InterruptedException {
    CompletableFuture<Void> had = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    turns.acquire(size);
                    order.add(size);
                    turns.release();
                    had.complete(null);
                  } catch (InterruptedException e) {
                    had.completeExceptionally(e);
                  }
                });
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    return new Waiter(thread, had);
  }

  @Test
  void theLargestThatWaitsGoesFirst() throws Exception {
    turns.acquire(1);
    List<Waiter> waiters = List.of(waiter(20), waiter(70), waiter(50));
    turns.release();
    for (Waiter waiter : waiters) {
      waiter.had().get();
    }
    assertThat(order).containsExactly(70L, 50L, 20L);
  }

  @Test
  void whoGivesUpTakesNoTurnAway() throws Exception {
    turns.acquire(1);
    Waiter impatient = waiter(70);
    Waiter patient = waiter(20);
    impatient.thread().interrupt();
    assertThatThrownBy(impatient.had()::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    turns.release();
    patient.had().get();
    turns.acquire(5);
    assertThat(order).containsExactly(20L);
  }
}
