package io.thaw.it.net;

import java.util.concurrent.locks.ReentrantLock;

/// One direction of a link as a queue: every piece of data gets the moment at which its last byte
/// has left, one after the other over all connections.
///
/// Thread-safe. A sleeper that wakes up late is made good within [#SLACK_NANOS], so that the rate
/// holds although timers are coarse.
final class Pacer {
  static final long SLACK_NANOS = 2_000_000;

  private final double nanosPerByte;
  private final ReentrantLock lock = new ReentrantLock();
  private double free;

  Pacer(double nanosPerByte) {
    this.nanosPerByte = nanosPerByte;
    this.free = System.nanoTime();
  }

  /// Takes the link for `bytes` bytes, not before `earliest`; returns when the last of them has
  /// left, in [System#nanoTime] time.
  long reserve(int bytes, long earliest) {
    lock.lock();
    try {
      free = Math.max(free, (double) (earliest - SLACK_NANOS)) + bytes * nanosPerByte;
      return (long) free;
    } finally {
      lock.unlock();
    }
  }
}
