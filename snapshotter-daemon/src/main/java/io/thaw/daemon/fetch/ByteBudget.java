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
    return take(bytes, demand ? total : total - reserved, changed::awaitUninterruptibly);
  }

  /// As [#acquire] for a reader; an interrupt ends the wait.
  boolean acquireInterruptibly(long bytes) throws InterruptedException {
    return take(bytes, total, changed::await);
  }

  /// How somebody waits for a change.
  @FunctionalInterface
  private interface Waiting<E extends Exception> {
    void await() throws E;
  }

  private <E extends Exception> boolean take(long bytes, long limit, Waiting<E> waiting) throws E {
    if (bytes > limit) {
      throw new IllegalArgumentException(bytes + " bytes never fit into " + limit);
    }
    lock.lock();
    try {
      while (!closed && used + bytes > limit) {
        waiting.await();
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

  /// What is taken now.
  long takenBytes() {
    lock.lock();
    try {
      return used;
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
