package io.thaw.bench.scale;

import java.util.PriorityQueue;

/// Simulated time and what is planned in it. Of two events of the same instant, the one that was
/// planned first happens first, so that a run can be repeated exactly.
final class Clock {
  private final PriorityQueue<Event> planned = new PriorityQueue<>();
  private double now;
  private long numbers;

  private record Event(double at, long number, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Double.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  /// Seconds since the beginning.
  double now() {
    return now;
  }

  /// @throws IllegalArgumentException if it would be in the past, or never
  void after(double seconds, Runnable what) {
    if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("nothing can be planned in " + seconds + " s");
    }
    planned.add(new Event(now + seconds, numbers++, what));
  }

  /// Lets everything happen that is planned, and what is planned meanwhile.
  ///
  /// @param instantOver called whenever all events of an instant have happened
  void run(Runnable instantOver) {
    instantOver.run();
    for (Event event = planned.poll(); event != null; event = planned.poll()) {
      now = event.at;
      event.what.run();
      Event next = planned.peek();
      if (next == null || next.at > now) {
        instantOver.run();
      }
    }
  }
}
