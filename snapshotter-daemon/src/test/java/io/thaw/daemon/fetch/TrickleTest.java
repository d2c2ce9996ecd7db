package io.thaw.daemon.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TrickleTest {
  private static final int PACKET = 9_000;

  private final AtomicInteger pauses = new AtomicInteger();
  private final Trickle trickle = new Trickle(pauses::incrementAndGet);

  @Test
  void singlePacketsAreLeftToGather() {
    for (int i = 0; i < 5; i++) {
      trickle.after(PACKET);
    }
    assertThat(pauses).hasValue(5);
  }

  @Test
  void readsThatBringMuchAreNeverHeldUp() {
    for (int i = 0; i < 100; i++) {
      trickle.after(Trickle.ENOUGH_BYTES);
    }
    assertThat(pauses).hasValue(0);
  }

  @Test
  void theEndOfAFullBufferIsNoTrickle() {
    for (int i = 0; i < 100; i++) {
      trickle.after(Trickle.ENOUGH_BYTES);
      trickle.after(PACKET);
    }
    assertThat(pauses).hasValue(0);
  }

  @Test
  void whatGatheredIsFollowedByOneMorePause() {
    trickle.after(Trickle.ENOUGH_BYTES - 1);
    trickle.after(PACKET);
    trickle.after(PACKET);
    assertThat(pauses).hasValue(3);
  }
}
