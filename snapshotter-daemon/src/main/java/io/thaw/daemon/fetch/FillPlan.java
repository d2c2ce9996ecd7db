package io.thaw.daemon.fetch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What the background is to fetch next: prefetches by rank, over all layers, then layers in turn.
///
/// A layer whose transfers fail is left alone for a growing while, so that it does not hold up the
/// others. Lock order: this, then {@link LayerFetches}.
final class FillPlan {
  private static final long IDLE_RECHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long ROOM_RECHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final class Entry {
    final LayerFetches layer;
    long notBeforeNanos = System.nanoTime();
    int failures;

    Entry(LayerFetches layer) {
      this.layer = layer;
    }
  }

  /// @param number of the wish, which decides among equal ranks
  private record Prefetch(LayerFetches layer, int first, int end, int rank, long number)
      implements Comparable<Prefetch> {
    @Override
    public int compareTo(Prefetch other) {
      return rank != other.rank
          ? Integer.compare(rank, other.rank)
          : Long.compare(number, other.number);
    }
  }

  private final FetchConfig config;
  private final Backoff backoff;
  private final Room room;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Prefetch> prefetches = new PriorityQueue<>();
  private final Deque<Entry> layers = new ArrayDeque<>();
  private long wishes;
  private boolean closed;

  FillPlan(FetchConfig config, Backoff backoff, Room room) {
    this.config = config;
    this.backoff = backoff;
    this.room = room;
  }

  /// @param rank the lower, the earlier, whatever the layer
  void prefetch(LayerFetches layer, int first, int end, int rank) {
    change(() -> prefetches.add(new Prefetch(layer, first, end, rank, wishes++)));
  }

  void add(LayerFetches layer) {
    change(
        () -> {
          if (find(layer) == null) {
            layers.addLast(new Entry(layer));
          }
        });
  }

  void remove(LayerFetches layer) {
    change(
        () -> {
          layers.removeIf(entry -> entry.layer == layer);
          prefetches.removeIf(prefetch -> prefetch.layer == layer);
        });
  }

  /// Leaves the layer alone for a while.
  ///
  /// @return how often in a row it failed; 0 if it is not being filled
  int failed(LayerFetches layer) {
    lock.lock();
    try {
      Entry entry = find(layer);
      if (entry == null) {
        return 0;
      }
      entry.failures++;
      entry.notBeforeNanos = System.nanoTime() + backoff.delayNanos(entry.failures);
      return entry.failures;
    } finally {
      lock.unlock();
    }
  }

  /// The layer's source works.
  void progressed(LayerFetches layer) {
    change(
        () -> {
          Entry entry = find(layer);
          if (entry != null && entry.failures > 0) {
            entry.failures = 0;
            entry.notBeforeNanos = System.nanoTime();
          }
        });
  }

  void close() {
    change(() -> closed = true);
  }

  private void change(Runnable what) {
    lock.lock();
    try {
      what.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Entry find(LayerFetches layer) {
    for (Entry entry : layers) {
      if (entry.layer == layer) {
        return entry;
      }
    }
    return null;
  }

  /// Waits for the next job.
  ///
  /// @return null once the plan is closed
  @Nullable RangeJob next() throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        if (!room.forFill()) {
          var _ = changed.awaitNanos(ROOM_RECHECK_NANOS);
          continue;
        }
        RangeJob job = nextPrefetch();
        if (job == null) {
          job = nextFill();
        }
        if (job != null) {
          return job;
        }
        var _ = changed.awaitNanos(idleNanos());
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable RangeJob nextPrefetch() {
    while (true) {
      Prefetch prefetch = prefetches.poll();
      if (prefetch == null) {
        return null;
      }
      // Ranges as for readers: these follow close behind, and want their spans in order.
      long most = Math.min(config.demandRangeBytes(), config.fillRangeBytes());
      int end = prefetch.layer.rangeEnd(prefetch.first, prefetch.end, most);
      RangeJob job = prefetch.layer.claimPrefetch(prefetch.first, end);
      int resume = job == null ? end : job.flights().getLast().span + 1;
      if (resume < prefetch.end) {
        prefetches.add(
            new Prefetch(prefetch.layer, resume, prefetch.end, prefetch.rank, prefetch.number));
      }
      if (job != null) {
        return job;
      }
    }
  }

  private @Nullable RangeJob nextFill() {
    long now = System.nanoTime();
    for (int turns = layers.size(); turns > 0; turns--) {
      Entry entry = layers.removeFirst();
      // A layer may be closed before its fill was to begin.
      if (entry.layer.isClosed() || entry.layer.target().isComplete()) {
        continue;
      }
      layers.addLast(entry);
      if (now - entry.notBeforeNanos < 0) {
        continue;
      }
      RangeJob job = entry.layer.claimFill(config.fillRangeBytes());
      if (job != null) {
        return job;
      }
      // The rest is on its way, or corrupt for now.
      entry.notBeforeNanos = now + IDLE_RECHECK_NANOS;
    }
    return null;
  }

  /// How long until a layer's turn comes that had to wait; a change ends the wait earlier.
  private long idleNanos() {
    long now = System.nanoTime();
    long wait = TimeUnit.HOURS.toNanos(1);
    for (Entry entry : layers) {
      wait = Math.min(wait, entry.notBeforeNanos - now);
    }
    return Math.max(0, wait);
  }
}
