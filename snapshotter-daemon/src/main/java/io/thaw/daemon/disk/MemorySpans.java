package io.thaw.daemon.disk;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Uncompressed spans that could not be stored, the least recently read of which go first. Bounded
/// at every moment. Safe for use by many threads.
public final class MemorySpans {
  /// With more readers at a time than spans in memory they would take them from each other.
  private static final int READERS = 8;

  private record Key(long owner, int span) {}

  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Key, byte[]> spans = new LinkedHashMap<>(16, 0.75f, true);
  private final Semaphore readers = new Semaphore(READERS, true);
  private final LongAdder held = new LongAdder();
  private long usedBytes;

  /// @param maxBytes most bytes held
  public MemorySpans(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// The largest span that is taken.
  public long largestBytes() {
    return maxBytes / 2;
  }

  /// Bytes held now, or about to be.
  public long usedBytes() {
    lock.lock();
    try {
      return usedBytes;
    } finally {
      lock.unlock();
    }
  }

  /// How many spans were ever held.
  public long spansHeld() {
    return held.sum();
  }

  /// Makes room; waits if all of it is about to be filled by others.
  ///
  /// @param length at most {@link #largestBytes}
  /// @return to be filled and {@link #put}, or {@link #giveBack given back}
  public byte[] allocate(int length) {
    if (length > largestBytes()) {
      throw new IllegalArgumentException(length + " bytes are more than " + largestBytes());
    }
    lock.lock();
    try {
      while (!makeRoom(length)) {
        changed.awaitUninterruptibly();
      }
      usedBytes += length;
    } finally {
      lock.unlock();
    }
    return new byte[length];
  }

  private boolean makeRoom(int length) {
    Iterator<byte[]> eldest = spans.values().iterator();
    while (usedBytes + length > maxBytes && eldest.hasNext()) {
      usedBytes -= eldest.next().length;
      eldest.remove();
    }
    return usedBytes + length <= maxBytes;
  }

  /// What was allocated is not needed.
  public void giveBack(byte[] bytes) {
    lock.lock();
    try {
      usedBytes -= bytes.length;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Holds a span.
  ///
  /// @param owner whose span it is
  /// @param bytes allocated here, and filled
  public void put(long owner, int span, byte[] bytes) {
    lock.lock();
    try {
      byte[] before = spans.put(new Key(owner, span), bytes);
      if (before != null) {
        usedBytes -= before.length;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    held.increment();
  }

  /// The span's bytes, not to be changed; null if they are not here.
  public byte @Nullable [] get(long owner, int span) {
    lock.lock();
    try {
      return spans.get(new Key(owner, span));
    } finally {
      lock.unlock();
    }
  }

  /// Forgets the owner's spans.
  public void drop(long owner) {
    lock.lock();
    try {
      for (Iterator<Map.Entry<Key, byte[]>> all = spans.entrySet().iterator(); all.hasNext(); ) {
        Map.Entry<Key, byte[]> entry = all.next();
        if (entry.getKey().owner == owner) {
          usedBytes -= entry.getValue().length;
          all.remove();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// Forgets all spans.
  public void clear() {
    lock.lock();
    try {
      for (byte[] bytes : spans.values()) {
        usedBytes -= bytes.length;
      }
      spans.clear();
    } finally {
      lock.unlock();
    }
  }

  /// A reader's turn begins, which may have to wait for others'; it has to {@link #endTurn end}.
  public void beginTurn() throws InterruptedException {
    readers.acquire();
  }

  /// The turn is over.
  public void endTurn() {
    readers.release();
  }
}
