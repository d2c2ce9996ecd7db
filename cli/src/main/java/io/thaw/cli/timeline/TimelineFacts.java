package io.thaw.cli.timeline;

import io.thaw.proto.control.v1.TimelineEvent;
import io.thaw.proto.control.v1.TimelineEvent.Kind;
import io.thaw.proto.control.v1.TimelineResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// What can be reckoned from a timeline's events. Times are nanoseconds since the pull began.
public final class TimelineFacts {
  /// A start is over when no reader has waited for so long.
  static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final Set<Kind> TRANSFERS =
      EnumSet.of(Kind.DEMAND, Kind.READ_AHEAD, Kind.PREFETCH, Kind.FILL);

  private final TimelineResponse timeline;
  private final List<TimelineEvent> waits;

  public TimelineFacts(TimelineResponse timeline) {
    this.timeline = timeline;
    waits =
        events(Kind.WAITED, Kind.FAILED).stream()
            .sorted(Comparator.comparingLong(TimelineEvent::getBeganNanos))
            .toList();
  }

  /// Events of these kinds, in the order they ended.
  List<TimelineEvent> events(Kind first, Kind... more) {
    Set<Kind> kinds = EnumSet.of(first, more);
    return timeline.getEventsList().stream().filter(e -> kinds.contains(e.getKind())).toList();
  }

  static boolean isTransfer(TimelineEvent event) {
    return TRANSFERS.contains(event.getKind());
  }

  static long end(TimelineEvent event) {
    return event.getBeganNanos() + event.getNanos();
  }

  /// Waits of readers, in the order they began.
  List<TimelineEvent> waits() {
    return waits;
  }

  /// The longest waits, the longest first.
  List<TimelineEvent> longestWaits(int most) {
    return waits.stream()
        .sorted(Comparator.comparingLong(TimelineEvent::getNanos).reversed())
        .limit(most)
        .toList();
  }

  /// What all waits come to; those at the same time count each.
  long waitedNanos() {
    return waits.stream().mapToLong(TimelineEvent::getNanos).sum();
  }

  /// For how long at least one reader waited.
  long someoneWaitedNanos() {
    return union(waits);
  }

  /// When the last wait of the start ended: the first one after which nobody waited for a while.
  OptionalLong quietNanos() {
    long quiet = -1;
    for (TimelineEvent wait : waits) {
      if (quiet >= 0 && wait.getBeganNanos() - quiet > QUIET_NANOS) {
        break;
      }
      quiet = Math.max(quiet, end(wait));
    }
    return quiet < 0 ? OptionalLong.empty() : OptionalLong.of(quiet);
  }

  /// When the last layer settled, if all lazy ones have.
  OptionalLong settledNanos() {
    Set<Integer> lazy = new HashSet<>();
    for (int i = 0; i < timeline.getLayersCount(); i++) {
      if (timeline.getLayers(i).getSpans() > 0) {
        lazy.add(i);
      }
    }
    long latest = -1;
    for (TimelineEvent event : events(Kind.SETTLED)) {
      lazy.remove(event.getLayer());
      latest = Math.max(latest, end(event));
    }
    return latest < 0 || !lazy.isEmpty() ? OptionalLong.empty() : OptionalLong.of(latest);
  }

  /// For how long something was on its way until `until`.
  long linkUsedNanos(long until) {
    return union(
        timeline.getEventsList().stream()
            .filter(TimelineFacts::isTransfer)
            .filter(e -> e.getBeganNanos() < until)
            .toList());
  }

  /// Compressed bytes that had arrived by `until`.
  long bytes(long until) {
    return timeline.getEventsList().stream()
        .filter(TimelineFacts::isTransfer)
        .filter(e -> end(e) <= until)
        .mapToLong(TimelineEvent::getBytes)
        .sum();
  }

  /// CPU time the daemon used from the first to the last sample before `until`.
  OptionalLong cpuNanos(long until) {
    List<TimelineEvent> samples =
        events(Kind.CPU).stream().filter(e -> e.getBeganNanos() <= until).toList();
    return samples.size() < 2
        ? OptionalLong.empty()
        : OptionalLong.of(samples.getLast().getBytes() - samples.getFirst().getBytes());
  }

  /// When the last event ended.
  long endNanos() {
    return timeline.getEventsList().stream().mapToLong(TimelineFacts::end).max().orElse(0);
  }

  private static long union(List<TimelineEvent> events) {
    List<TimelineEvent> sorted = new ArrayList<>(events);
    sorted.sort(Comparator.comparingLong(TimelineEvent::getBeganNanos));
    long covered = 0;
    long until = Long.MIN_VALUE;
    for (TimelineEvent event : sorted) {
      long from = Math.max(until, event.getBeganNanos());
      if (end(event) > from) {
        covered += end(event) - from;
        until = end(event);
      }
    }
    return covered;
  }
}
