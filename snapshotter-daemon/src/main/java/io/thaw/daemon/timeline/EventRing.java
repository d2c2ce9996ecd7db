package io.thaw.daemon.timeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// The latest events of one timeline, in arrays of numbers. Adding allocates nothing but the arrays
/// themselves, which grow up to the capacity. Safe for use by many threads.
final class EventRing {
  private static final int FIRST_SIZE = 256;
  private static final int LONGS = 3;
  private static final int INTS = 4;

  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private long[] longs;
  private int[] ints;
  private EventKind[] kinds;
  private long added;

  EventRing(int capacity) {
    this.capacity = capacity;
    int size = Math.min(FIRST_SIZE, capacity);
    longs = new long[size * LONGS];
    ints = new int[size * INTS];
    kinds = new EventKind[size];
  }

  void add(
      EventKind kind,
      long beganNanos,
      long nanos,
      int layer,
      int first,
      int end,
      int node,
      long bytes) {
    lock.lock();
    try {
      int size = longs.length / LONGS;
      if (added == size && size < capacity) {
        int more = Math.min(2 * size, capacity);
        longs = Arrays.copyOf(longs, more * LONGS);
        ints = Arrays.copyOf(ints, more * INTS);
        kinds = Arrays.copyOf(kinds, more);
        size = more;
      }
      int at = (int) (added % size);
      added++;
      longs[at * LONGS] = beganNanos;
      longs[at * LONGS + 1] = nanos;
      longs[at * LONGS + 2] = bytes;
      kinds[at] = kind;
      ints[at * INTS] = layer;
      ints[at * INTS + 1] = first;
      ints[at * INTS + 2] = end;
      ints[at * INTS + 3] = node;
    } finally {
      lock.unlock();
    }
  }

  /// How many events were pushed out by later ones.
  long lost() {
    lock.lock();
    try {
      return Math.max(0, added - capacity);
    } finally {
      lock.unlock();
    }
  }

  /// The events that are left, the oldest first.
  List<TimelineEvent> events() {
    lock.lock();
    try {
      int size = longs.length / LONGS;
      int count = (int) Math.min(added, size);
      List<TimelineEvent> events = new ArrayList<>(count);
      for (long number = added - count; number < added; number++) {
        int at = (int) (number % size);
        events.add(
            new TimelineEvent(
                kinds[at],
                longs[at * LONGS],
                longs[at * LONGS + 1],
                ints[at * INTS],
                ints[at * INTS + 1],
                ints[at * INTS + 2],
                ints[at * INTS + 3],
                longs[at * LONGS + 2]));
      }
      return events;
    } finally {
      lock.unlock();
    }
  }
}
