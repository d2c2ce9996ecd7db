package io.thaw.registry;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;

/// What the client takes from the outside world besides the network, so that tests decide about
/// time and chance.
///
/// @param random must be safe for concurrent use
record Environment(InstantSource clock, Sleeper sleeper, Random random) {

  /// Waits.
  @FunctionalInterface
  interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  static Environment real() {
    return new Environment(InstantSource.system(), Thread::sleep, new Random());
  }
}
