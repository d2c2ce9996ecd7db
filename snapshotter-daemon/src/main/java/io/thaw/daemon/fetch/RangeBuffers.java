package io.thaw.daemon.fetch;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Memory for ranges, used again and again while anything is downloaded: arrays of megabytes cost
/// their zeroing each time, and a collector that moves them. Safe for use by many threads.
final class RangeBuffers {
  private final int size;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<byte[]> idle = new ArrayDeque<>();
  private int users;

  /// @param size of one buffer
  RangeBuffers(int size) {
    this.size = size;
  }

  /// A download begins.
  void opened() {
    lock.lock();
    try {
      users++;
    } finally {
      lock.unlock();
    }
  }

  /// A download has ended; after the last one nothing is kept.
  void closed() {
    lock.lock();
    try {
      users--;
      if (users == 0) {
        idle.clear();
      }
    } finally {
      lock.unlock();
    }
  }

  /// A buffer of `length` bytes with anything in it. Whoever takes it may keep it.
  byte[] take(int length) {
    byte[] used = length == size ? poll() : null;
    return used != null ? used : new byte[length];
  }

  private byte @Nullable [] poll() {
    lock.lock();
    try {
      return idle.poll();
    } finally {
      lock.unlock();
    }
  }

  /// Takes a buffer back that nobody uses any more. There are never more than there were ranges at
  /// a time, which a budget bounds.
  void giveBack(byte[] buffer) {
    lock.lock();
    try {
      if (buffer.length == size && users > 0) {
        idle.push(buffer);
      }
    } finally {
      lock.unlock();
    }
  }
}
