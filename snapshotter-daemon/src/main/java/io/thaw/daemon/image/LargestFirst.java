package io.thaw.daemon.image;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Turns that go to whoever has most to do: a large layer that begins last would be waited for by
/// all, on one core. Safe for use by many threads.
final class LargestFirst {
  private final ReentrantLock lock = new ReentrantLock();
  private final PriorityQueue<Waiter> waiting =
      new PriorityQueue<>(Comparator.comparingLong((Waiter w) -> w.size).reversed());
  private int free;

  private static final class Waiter {
    final long size;
    final Condition turn;
    boolean granted;

    Waiter(long size, Condition turn) {
      this.size = size;
      this.turn = turn;
    }
  }

  /// @param turns how many there are at a time
  LargestFirst(int turns) {
    free = turns;
  }

  /// Waits for a turn, which is to be released.
  ///
  /// @param size how much is to be done in it
  void acquire(long size) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (free > 0) {
        free--;
        return;
      }
      Waiter mine = new Waiter(size, lock.newCondition());
      waiting.add(mine);
      try {
        while (!mine.granted) {
          mine.turn.await();
        }
      } catch (InterruptedException e) {
        if (mine.granted) {
          pass();
        } else {
          waiting.remove(mine);
        }
        throw e;
      }
    } finally {
      lock.unlock();
    }
  }

  void release() {
    lock.lock();
    try {
      pass();
    } finally {
      lock.unlock();
    }
  }

  private void pass() {
    Waiter next = waiting.poll();
    if (next == null) {
      free++;
    } else {
      next.granted = true;
      next.turn.signal();
    }
  }
}
