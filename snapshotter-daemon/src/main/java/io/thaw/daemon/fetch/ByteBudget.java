package io.thaw.daemon.fetch;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// How many bytes may be held in memory at a time. A share is kept for readers, so that the
/// background never makes them wait for memory.
final class ByteBudget {
  private final long total;
  private final long reserved;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long used;
  private long peak;
  private boolean closed;

  /// @param total the whole budget
  /// @param reserved the share that only readers may use
  ByteBudget(long total, long reserved) {
    this.total = total;
    this.reserved = reserved;
  }

  /// Waits until `bytes` more fit and takes them.
  ///
  /// @return false if the budget was closed meanwhile; nothing was taken
  boolean acquire(long bytes, boolean demand) {
    long limit = demand ? total : total - reserved;
    if (bytes > limit) {
      throw new IllegalArgumentException(bytes + " bytes never fit into " + limit);
    }
    lock.lock();
    try {
      while (!closed && used + bytes > limit) {
        changed.awaitUninterruptibly();
      }
      if (closed) {
        return false;
      }
      used += bytes;
      peak = Math.max(peak, used);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// As [#acquire] for a reader; an interrupt ends the wait.
  boolean acquireInterruptibly(long bytes) throws InterruptedException {
    if (bytes > total) {
      throw new IllegalArgumentException(bytes + " bytes never fit into " + total);
    }
    lock.lockInterruptibly();
    try {
      while (!closed && used + bytes > total) {
        changed.await();
      }
      if (closed) {
        return false;
      }
      used += bytes;
      peak = Math.max(peak, used);
      return true;
    } finally {
      lock.unlock();
    }
  }

  void release(long bytes) {
    lock.lock();
    try {
      used -= bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The most that was ever used.
  long peak() {
    lock.lock();
    try {
      return peak;
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
