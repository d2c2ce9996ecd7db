package io.thaw.daemon.fetch;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/// Memory for the compressed bytes of spans, used again and again while anything is fetched: arrays
/// of megabytes that live for milliseconds make the heap grow to its bound before they are
/// collected. Safe for use by many threads.
final class SpanBuffers {
  private static final int STEP_BYTES = 128 << 10;

  private static final class Idle {
    final byte[] bytes;
    final long sinceNanos = System.nanoTime();

    Idle(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  private final long mostBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<Integer, ArrayDeque<Idle>> idle = new TreeMap<>();
  private long idleBytes;
  private long usedBytes;

  /// @param mostBytes how much is kept for the next spans, together with what is in use
  SpanBuffers(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /// A buffer of at least `length` bytes, and not much more, with anything in it. Whoever takes it
  /// gives it back, if only because a failure made it useless.
  byte[] take(int length) {
    long wanted = Math.ceilDiv((long) length, STEP_BYTES) * STEP_BYTES;
    int size = (int) Math.min(Integer.MAX_VALUE - 8, wanted);
    lock.lock();
    try {
      Map.Entry<Integer, ArrayDeque<Idle>> fits = idle.ceilingEntry(size);
      if (fits != null && fits.getKey() <= 2L * size) {
        byte[] bytes = fits.getValue().pop().bytes;
        if (fits.getValue().isEmpty()) {
          idle.remove(fits.getKey());
        }
        idleBytes -= bytes.length;
        usedBytes += bytes.length;
        return bytes;
      }
      makeRoom(size);
      usedBytes += size;
    } finally {
      lock.unlock();
    }
    return new byte[size];
  }

  /// Lets go of buffers of other lengths.
  private void makeRoom(int size) {
    while (idleBytes > 0 && usedBytes + idleBytes + size > mostBytes) {
      Map.Entry<Integer, ArrayDeque<Idle>> largest = idle.lastEntry();
      idleBytes -= largest.getValue().removeLast().bytes.length;
      if (largest.getValue().isEmpty()) {
        idle.remove(largest.getKey());
      }
    }
  }

  /// Takes a buffer back that nobody uses any more.
  void giveBack(byte[] buffer) {
    lock.lock();
    try {
      usedBytes -= buffer.length;
      if (usedBytes + idleBytes + buffer.length <= mostBytes) {
        idle.computeIfAbsent(buffer.length, _ -> new ArrayDeque<>()).push(new Idle(buffer));
        idleBytes += buffer.length;
      }
    } finally {
      lock.unlock();
    }
  }

  /// Lets go of buffers that nobody has used for a while.
  ///
  /// @return whether these were the last
  boolean drop(long unusedNanos) {
    lock.lock();
    try {
      long before = idleBytes;
      long now = System.nanoTime();
      for (ArrayDeque<Idle> ofOneLength : idle.values()) {
        while (!ofOneLength.isEmpty() && now - ofOneLength.peekLast().sinceNanos >= unusedNanos) {
          idleBytes -= ofOneLength.removeLast().bytes.length;
        }
      }
      idle.values().removeIf(ArrayDeque::isEmpty);
      return before > 0 && idleBytes == 0;
    } finally {
      lock.unlock();
    }
  }
}
