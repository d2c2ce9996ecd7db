package io.thaw.bench.scale;

import com.fasterxml.jackson.databind.JsonNode;
import io.thaw.bench.Medians;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Makes a trace of what `thaw timeline --json` and `thaw profile export` told of one start.
///
/// Waits that overlap are one step; what was fetched since the step before belongs to it, and the
/// step needs what was touched since. So the program of the trace asks for the same bytes in the
/// same order, but how long it waits for them is left to the simulation.
final class TraceMaker {
  private static final double MILLIS = 1e-3;
  private static final long SMALL_BYTES = 512 << 10;
  private static final int STORE_CORES = 2;

  private final JsonNode timeline;
  private final JsonNode profile;
  private final double readyMillis;
  private final double bytesPerMilli;
  private final double roundTripMillis;
  private final long setupBytes;

  /// @param totalSeconds from the beginning of the pull to the first output
  /// @param megabits the rate of the measured link
  /// @param setupBytes of index and zTOCs, which a timeline does not tell
  TraceMaker(
      JsonNode timeline,
      JsonNode profile,
      double totalSeconds,
      double megabits,
      double roundTripMillis,
      long setupBytes) {
    this.timeline = timeline;
    this.profile = profile;
    this.readyMillis = totalSeconds / MILLIS;
    this.bytesPerMilli = megabits * 1e6 / 8 * MILLIS;
    this.roundTripMillis = roundTripMillis;
    this.setupBytes = setupBytes;
  }

  private record Touch(double at, String layer, int span, long bytes) {}

  private record Fetch(double at, double end, String layer, int first, int last, long bytes) {
    boolean brings(Touch touch) {
      return touch.layer.equals(layer) && first <= touch.span && touch.span < last;
    }
  }

  /// Time in which at least one read waited.
  private record Wait(double at, double end) {}

  /// @throws IOException if the two are not of one lazy start, or the timeline lost its beginning
  StartTrace make(String measured, StartTrace.Overlay overlay) throws IOException {
    if (timeline.path("lostEvents").asLong() > 0) {
      throw new IOException("the timeline lost its first events; take it before the fill is over");
    }
    if (!timeline.path("manifest").asText().equals(profile.path("manifest").asText())) {
      throw new IOException("timeline and profile are of different images");
    }
    List<Wait> waits = waits();
    if (waits.isEmpty()) {
      throw new IOException("the timeline has no reads that waited: the start was not lazy");
    }
    double served = events("opened").stream().mapToDouble(TraceMaker::end).max().orElse(0);
    List<Touch> touches = touches();
    List<Fetch> fetches = fetches(touches);
    int[] pieces = new int[touches.size()];
    List<List<Integer>> touched =
        Stream.generate(() -> (List<Integer>) new ArrayList<Integer>())
            .limit(waits.size())
            .toList();
    for (int span = 0; span < pieces.length; span++) {
      Touch touch = touches.get(span);
      pieces[span] = pieceOf(fetches, touch);
      // Clocks of the two differ by a little: nothing is needed before it was asked for.
      double at = Math.max(touch.at, fetches.get(pieces[span]).at);
      touched.get(stepAt(waits, at)).add(span);
    }
    List<StartTrace.Step> steps = new ArrayList<>();
    double free = served;
    for (int i = 0; i < waits.size(); i++) {
      double think = Math.max(0, waits.get(i).at - free);
      List<StartTrace.Start> starts = new ArrayList<>();
      for (int piece = 0; piece < fetches.size(); piece++) {
        if (stepAt(waits, fetches.get(piece).at) == i) {
          double after = Math.clamp(fetches.get(piece).at - free, 0, think);
          starts.add(new StartTrace.Start(piece, round(after * MILLIS)));
        }
      }
      steps.add(new StartTrace.Step(round(think * MILLIS), starts, touched.get(i)));
      free = Math.max(free, waits.get(i).end);
    }
    List<Long> layers = new ArrayList<>();
    timeline.path("layers").forEach(layer -> layers.add(layer.path("bytes").asLong()));
    return new StartTrace(
        timeline.path("image").asText().replaceFirst("^[^/]*/", ""),
        measured,
        readyMillis * MILLIS,
        layers.stream().sorted().toList(),
        round(Math.max(0, served - setupBytes / bytesPerMilli) * MILLIS),
        setupBytes,
        round(requestMillis(fetches) * MILLIS),
        storeRate(),
        STORE_CORES,
        fetches.stream().map(Fetch::bytes).toList(),
        touches.stream().map(Touch::bytes).toList(),
        Arrays.stream(pieces).boxed().toList(),
        steps,
        round(Math.max(0, readyMillis - free) * MILLIS),
        overlay);
  }

  // The first wait that ends after it; the last one for what comes later still.
  private static int stepAt(List<Wait> waits, double at) {
    int step = 0;
    while (step < waits.size() - 1 && waits.get(step).end < at) {
      step++;
    }
    return step;
  }

  private static int pieceOf(List<Fetch> fetches, Touch touch) throws IOException {
    for (int piece = 0; piece < fetches.size(); piece++) {
      if (fetches.get(piece).brings(touch)) {
        return piece;
      }
    }
    throw new IOException("span " + touch.span + " was touched, but never fetched");
  }

  // Touches are counted from the first one, which makes the first fetch.
  private List<Touch> touches() throws IOException {
    double first =
        Stream.concat(events("demand").stream(), events("read_ahead").stream())
            .mapToDouble(event -> event.path("at").asDouble())
            .min()
            .orElseThrow(() -> new IOException("the timeline has no fetches for readers"));
    List<Touch> touches = new ArrayList<>();
    for (JsonNode span : profile.path("spans")) {
      int layer = span.path("layer").asInt();
      touches.add(
          new Touch(
              first + span.path("millis").asDouble(),
              profile.path("layers").path(layer).path("layer").asText(),
              span.path("span").asInt(),
              span.path("bytes").asLong()));
    }
    return touches;
  }

  private List<Fetch> fetches(List<Touch> touches) {
    List<Fetch> fetches = new ArrayList<>();
    for (String kind : List.of("demand", "read_ahead", "prefetch", "fill")) {
      for (JsonNode event : events(kind)) {
        Fetch fetch =
            new Fetch(
                event.path("at").asDouble(),
                end(event),
                timeline.path("layers").path(event.path("layer").asInt()).path("digest").asText(),
                event.path("first").asInt(),
                event.path("end").asInt(),
                event.path("bytes").asLong());
        boolean asFill = kind.equals("fill") && touches.stream().noneMatch(fetch::brings);
        if (fetch.at < readyMillis && !asFill) {
          fetches.add(fetch);
        }
      }
    }
    fetches.sort(Comparator.comparingDouble(Fetch::at));
    return fetches;
  }

  private List<Wait> waits() {
    List<Wait> united = new ArrayList<>();
    events("waited").stream()
        .map(event -> new Wait(event.path("at").asDouble(), end(event)))
        .filter(wait -> wait.end <= readyMillis)
        .sorted(Comparator.comparingDouble(Wait::at))
        .forEach(
            wait -> {
              Wait last = united.isEmpty() ? null : united.getLast();
              if (last != null && wait.at <= last.end) {
                united.removeLast();
                united.add(new Wait(last.at, Math.max(last.end, wait.end)));
              } else {
                united.add(wait);
              }
            });
    return united;
  }

  private List<JsonNode> events(String kind) {
    List<JsonNode> events = new ArrayList<>();
    for (JsonNode event : timeline.path("events")) {
      if (event.path("kind").asText().equals(kind)) {
        events.add(event);
      }
    }
    return events;
  }

  // What small transfers took besides the link and the round trip; the quick ones, for the others
  // shared the link.
  private double requestMillis(List<Fetch> fetches) {
    double[] beside =
        fetches.stream()
            .filter(fetch -> fetch.bytes <= SMALL_BYTES)
            .mapToDouble(f -> f.end - f.at - f.bytes / bytesPerMilli - roundTripMillis)
            .sorted()
            .toArray();
    return beside.length == 0 ? 0 : Math.max(0, beside[beside.length / 10]);
  }

  // Stored bytes of a second of one core: of the span in the middle, for in some of them the core
  // was somebody else's.
  private double storeRate() throws IOException {
    List<Double> rates = new ArrayList<>();
    for (JsonNode event : events("stored")) {
      double millis = event.path("millis").asDouble();
      if (millis > 0) {
        rates.add(event.path("bytes").asDouble() / (millis * MILLIS));
      }
    }
    if (rates.isEmpty()) {
      throw new IOException("the timeline does not tell how long spans took to store");
    }
    return Math.round(Medians.median(rates));
  }

  private static double end(JsonNode event) {
    return event.path("at").asDouble() + event.path("millis").asDouble();
  }

  private static double round(double seconds) {
    return Math.round(seconds * 1e5) / 1e5;
  }
}
