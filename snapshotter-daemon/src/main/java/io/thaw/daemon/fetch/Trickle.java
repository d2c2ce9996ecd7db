package io.thaw.daemon.fetch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Lets bytes gather in the kernel where they come in small pieces and nobody waits for the first
/// of them: what a read costs, with all the threads it wakes on its way, hardly depends on how much
/// it brings. Where bytes come fast it never pauses. Used by one thread, for one transfer.
final class Trickle {
  /// A read that brings so much is worth its while.
  static final int ENOUGH_BYTES = 32 << 10;

  // At 1 Gbit/s 250 KB come in this time, less than a socket holds.
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Runnable pause;
  private long sincePause;

  Trickle() {
    this(() -> LockSupport.parkNanos(PAUSE_NANOS));
  }

  Trickle(Runnable pause) {
    this.pause = pause;
  }

  /// Takes note of a read that brought `count` bytes; pauses if neither it nor those since the last
  /// pause brought enough.
  void after(int count) {
    sincePause += count;
    if (count >= ENOUGH_BYTES) {
      return;
    }
    if (sincePause < ENOUGH_BYTES) {
      pause.run();
    }
    sincePause = 0;
  }
}
