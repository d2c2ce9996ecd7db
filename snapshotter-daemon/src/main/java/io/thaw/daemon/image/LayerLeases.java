package io.thaw.daemon.image;

import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/// Counts who needs a layer that no snapshot shows yet. A layer is removed only while nobody does.
///
/// Removing a layer takes as long as its files take, so locks are striped by digest.
final class LayerLeases {
  private static final int STRIPES = 64;

  private final ReentrantLock[] locks = new ReentrantLock[STRIPES];
  private final Map<Digest, Integer> counts = new ConcurrentHashMap<>();

  LayerLeases() {
    for (int i = 0; i < STRIPES; i++) {
      locks[i] = new ReentrantLock();
    }
  }

  private ReentrantLock lockOf(Digest layer) {
    return locks[Math.floorMod(layer.hashCode(), STRIPES)];
  }

  /// Something that may fail on the disk.
  @FunctionalInterface
  interface Removal {
    void run() throws IOException;
  }

  /// Takes a lease; waits while the layer is being removed.
  Lease take(Digest layer) {
    ReentrantLock lock = lockOf(layer);
    lock.lock();
    try {
      counts.merge(layer, 1, Integer::sum);
    } finally {
      lock.unlock();
    }
    AtomicBoolean open = new AtomicBoolean(true);
    return () -> {
      if (open.compareAndSet(true, false)) {
        giveBack(layer);
      }
    };
  }

  private void giveBack(Digest layer) {
    ReentrantLock lock = lockOf(layer);
    lock.lock();
    try {
      counts.computeIfPresent(layer, (_, count) -> count > 1 ? count - 1 : null);
    } finally {
      lock.unlock();
    }
  }

  /// Runs `removal` unless the layer is leased; no lease is taken meanwhile.
  void runIfFree(Digest layer, Removal removal) throws IOException {
    ReentrantLock lock = lockOf(layer);
    lock.lock();
    try {
      if (!counts.containsKey(layer)) {
        removal.run();
      }
    } finally {
      lock.unlock();
    }
  }
}
