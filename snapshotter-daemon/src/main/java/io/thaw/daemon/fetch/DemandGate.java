package io.thaw.daemon.fetch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Lets the background pass only while no reader waits for the network, and none did a moment ago.
///
/// A reader that waits shares the link with nobody of ours; what the background loses by that it
/// gets back when the reader computes. A pause is bounded, or a transfer would look dead to its
/// server.
final class DemandGate {
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final long quietNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int active;
  private int pausing;
  private long lastEnd;
  private boolean closed;

  DemandGate(long quietNanos) {
    this.quietNanos = quietNanos;
    lastEnd = System.nanoTime() - quietNanos;
  }

  /// A transfer for a reader begins.
  void enter() {
    lock.lock();
    try {
      active++;
    } finally {
      lock.unlock();
    }
  }

  /// It ended.
  void leave() {
    lock.lock();
    try {
      active--;
      lastEnd = System.nanoTime();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Wakes those who pause, so that they look again whether they still have to.
  void recheck() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Pauses while readers wait, until `urgent` says that a reader waits for the caller itself.
  void pause(BooleanSupplier urgent) {
    long deadline = System.nanoTime() + LONGEST_PAUSE_NANOS;
    lock.lock();
    try {
      while (!closed && !urgent.getAsBoolean()) {
        long now = System.nanoTime();
        long wait = deadline - now;
        if (active == 0) {
          wait = Math.min(wait, lastEnd + quietNanos - now);
        }
        if (wait <= 0) {
          return;
        }
        pausing++;
        try {
          var _ = changed.awaitNanos(wait);
        } finally {
          pausing--;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /// How many pause now.
  int pausing() {
    lock.lock();
    try {
      return pausing;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
