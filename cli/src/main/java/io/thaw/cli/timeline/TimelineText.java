package io.thaw.cli.timeline;

import io.thaw.cli.options.ByteSize;
import io.thaw.cli.output.Table;
import io.thaw.proto.control.v1.TimelineEvent;
import io.thaw.proto.control.v1.TimelineEvent.Kind;
import io.thaw.proto.control.v1.TimelineResponse;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/// A timeline's summary for a terminal.
public final class TimelineText {
  private static final int LONGEST = 10;
  private static final int SHORT_DIGEST = 19;

  private final TimelineResponse timeline;
  private final TimelineFacts facts;

  public TimelineText(TimelineResponse timeline) {
    this.timeline = timeline;
    facts = new TimelineFacts(timeline);
  }

  public void print(PrintWriter out) {
    out.println(Table.printable(timeline.getImage()));
    out.println("manifest " + timeline.getManifestDigest());
    out.println(
        "pulled %s; %s"
            .formatted(
                Instant.ofEpochSecond(0, timeline.getStartedNanos())
                    .truncatedTo(ChronoUnit.SECONDS),
                Table.printable(timeline.getIndex())));
    if (timeline.getLostEvents() > 0) {
      out.println("the first %d events are no longer known".formatted(timeline.getLostEvents()));
    }
    out.println();
    printSteps(out);
    out.println();
    printTransfers(out);
    printWaits(out);
  }

  private void printSteps(PrintWriter out) {
    Table table = new Table("AT", "WHAT");
    for (TimelineEvent event : facts.events(Kind.RESOLVED)) {
      table.row(seconds(end(event)), "index looked for, " + millis(event.getNanos()));
    }
    row(table, Kind.OPENED, "%d layers opened lazily");
    row(table, Kind.UNPACKED, "%d layers fetched whole and unpacked");
    row(table, Kind.MOUNTED, "%d mounts serve");
    if (!facts.waits().isEmpty()) {
      table.row(seconds(facts.waits().getFirst().getBeganNanos()), "the first reader waits");
    }
    facts
        .quietNanos()
        .ifPresent(
            at ->
                table.row(
                    seconds(at),
                    "quiet: nobody waits any more; %s fetched by then, link in use for %s%s"
                        .formatted(
                            ByteSize.text(facts.bytes(at)),
                            seconds(facts.linkUsedNanos(at)),
                            cpu(at))));
    facts.settledNanos().ifPresent(at -> table.row(seconds(at), "all layers settled"));
    table.print(out);
  }

  private String cpu(long until) {
    var used = facts.cpuNanos(until);
    return used.isPresent() ? ", daemon CPU " + seconds(used.getAsLong()) : "";
  }

  private void row(Table table, Kind kind, String text) {
    List<TimelineEvent> events = facts.events(kind);
    if (!events.isEmpty()) {
      long last = events.stream().mapToLong(TimelineText::end).max().orElse(0);
      table.row(seconds(last), text.formatted(events.size()));
    }
  }

  private void printTransfers(PrintWriter out) {
    Table table = new Table("FETCHED FOR", "TRANSFERS", "BYTES", "MEDIAN", "LONGEST");
    for (Kind kind : List.of(Kind.DEMAND, Kind.READ_AHEAD, Kind.PREFETCH, Kind.FILL)) {
      List<TimelineEvent> events = facts.events(kind);
      if (!events.isEmpty()) {
        long[] times = events.stream().mapToLong(TimelineEvent::getNanos).sorted().toArray();
        table.row(
            name(kind),
            events.size(),
            ByteSize.text(events.stream().mapToLong(TimelineEvent::getBytes).sum()),
            millis(times[times.length / 2]),
            millis(times[times.length - 1]));
      }
    }
    table.print(out);
    out.println();
  }

  private void printWaits(PrintWriter out) {
    if (facts.waits().isEmpty()) {
      out.println("No read has waited.");
      return;
    }
    long failed = facts.events(Kind.FAILED).size();
    out.println(
        "%d reads waited%s: %s in all, %s during which at least one did. The longest:"
            .formatted(
                facts.waits().size(),
                failed == 0 ? "" : " (" + failed + " in vain)",
                seconds(facts.waitedNanos()),
                seconds(facts.someoneWaitedNanos())));
    Table table = new Table("AT", "WAIT", "LAYER", "SPANS", "BYTES", "FILE");
    for (TimelineEvent wait : facts.longestWaits(LONGEST)) {
      table.row(
          seconds(wait.getBeganNanos()),
          millis(wait.getNanos()),
          layer(wait),
          spans(wait),
          ByteSize.text(wait.getBytes()),
          wait.getFile());
    }
    table.print(out);
  }

  private String layer(TimelineEvent event) {
    if (event.getLayer() < 0 || event.getLayer() >= timeline.getLayersCount()) {
      return "";
    }
    String digest = timeline.getLayers(event.getLayer()).getDigest();
    return digest.substring(0, Math.min(SHORT_DIGEST, digest.length()));
  }

  private static String spans(TimelineEvent event) {
    int last = event.getEndSpan() - 1;
    return last <= event.getFirstSpan()
        ? Integer.toString(event.getFirstSpan())
        : event.getFirstSpan() + "-" + last;
  }

  static String name(Kind kind) {
    return kind == Kind.DEMAND
        ? "waiting readers"
        : kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static long end(TimelineEvent event) {
    return TimelineFacts.end(event);
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
  }
}
