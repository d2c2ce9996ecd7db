package io.thaw.daemon.layer;

import io.thaw.registry.RangeResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.locks.ReentrantLock;

/// Who sent which bytes of a blob lately, in case they turn out to be wrong. Remembers a bounded
/// number of ranges, and none of their bytes. Safe for use by many threads.
final class ServedRanges {
  private static final int MAX_RANGES = 256;

  private record Served(long start, long end, RangeResponse.Origin origin) {
    boolean overlaps(long from, long to) {
      return start < to && from < end;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Served> ranges = new ArrayDeque<>();

  /// The bytes `[start, end)` come from there.
  void add(long start, long end, RangeResponse.Origin origin) {
    lock.lock();
    try {
      if (ranges.size() == MAX_RANGES) {
        ranges.removeFirst();
      }
      ranges.addLast(new Served(start, end, origin));
    } finally {
      lock.unlock();
    }
  }

  /// Bytes of `[start, end)` were wrong: who sent them hears of it, once.
  ///
  /// @return whether there is somebody else to ask
  boolean distrust(long start, long end, String why) {
    boolean others = false;
    lock.lock();
    try {
      for (Iterator<Served> all = ranges.iterator(); all.hasNext(); ) {
        Served served = all.next();
        if (served.overlaps(start, end)) {
          others |= served.origin().distrust(why);
          all.remove();
        }
      }
    } finally {
      lock.unlock();
    }
    return others;
  }
}
