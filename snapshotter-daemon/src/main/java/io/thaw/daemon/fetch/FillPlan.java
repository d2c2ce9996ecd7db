package io.thaw.daemon.fetch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is to be fetched next that no reader waits for: wishes by kind and rank, over all layers;
/// and for the background layers in turn.
///
/// A layer whose transfers fail is left alone for a growing while, so that it does not hold up the
/// others. Lock order: this, then {@link LayerFetches}.
final class FillPlan {
  private static final long IDLE_RECHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long IDLE_NANOS = TimeUnit.HOURS.toNanos(1);
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
  private record Wanted(
      LayerFetches layer, FetchKind kind, int first, int end, int rank, long number)
      implements Comparable<Wanted> {
    @Override
    public int compareTo(Wanted other) {
      if (kind != other.kind) {
        return kind.compareTo(other.kind);
      }
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
  private final PriorityQueue<Wanted> wanted = new PriorityQueue<>();
  private final Deque<Entry> layers = new ArrayDeque<>();
  private long wishes;
  private boolean closed;

  FillPlan(FetchConfig config, Backoff backoff, Room room) {
    this.config = config;
    this.backoff = backoff;
    this.room = room;
  }

  /// @param kind the more urgent, the earlier
  /// @param rank among those of one kind: the lower, the earlier, whatever the layer
  void want(LayerFetches layer, FetchKind kind, int first, int end, int rank) {
    change(() -> wanted.add(new Wanted(layer, kind, first, end, rank, wishes++)));
  }

  void unwant(LayerFetches layer, FetchKind kind) {
    change(() -> wanted.removeIf(want -> want.layer == layer && want.kind == kind));
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
          wanted.removeIf(want -> want.layer == layer);
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

  /// Waits for the next job of the background.
  ///
  /// @return null once the plan is closed
  @Nullable RangeJob nextFill() throws InterruptedException {
    return next(this::fillJob, this::idleNanos);
  }

  /// Waits for the next job that somebody expects to be needed.
  ///
  /// @return null once the plan is closed
  @Nullable RangeJob nextWanted() throws InterruptedException {
    return next(this::wantedJob, () -> IDLE_NANOS);
  }

  private @Nullable RangeJob next(Supplier<@Nullable RangeJob> jobs, LongSupplier idleNanos)
      throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        if (!room.forFill()) {
          var _ = changed.awaitNanos(ROOM_RECHECK_NANOS);
          continue;
        }
        RangeJob job = jobs.get();
        if (job != null) {
          return job;
        }
        var _ = changed.awaitNanos(idleNanos.getAsLong());
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable RangeJob wantedJob() {
    while (true) {
      Wanted want = wanted.poll();
      if (want == null) {
        return null;
      }
      // A reader may want any of these any moment, and waits for what comes before it in its range.
      long most =
          want.kind == FetchKind.READ_AHEAD
              ? config.demandRangeBytes() / 2
              : Math.min(config.demandRangeBytes(), config.fillRangeBytes());
      int end = want.layer.rangeEnd(want.first, want.end, most);
      RangeJob job = want.layer.claim(want.kind, want.first, end);
      int resume = job == null ? end : job.flights().getLast().span + 1;
      if (resume < want.end) {
        wanted.add(new Wanted(want.layer, want.kind, resume, want.end, want.rank, want.number));
      }
      if (job != null) {
        return job;
      }
    }
  }

  private @Nullable RangeJob fillJob() {
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
    long wait = IDLE_NANOS;
    for (Entry entry : layers) {
      wait = Math.min(wait, entry.notBeforeNanos - now);
    }
    return Math.max(0, wait);
  }
}
