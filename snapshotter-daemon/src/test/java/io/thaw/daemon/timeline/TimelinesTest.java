package io.thaw.daemon.timeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.daemon.fetch.FetchKind;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerReads;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TimelinesTest {
  private static final Digest ONE = digest("image one");
  private static final Digest TWO = digest("image two");
  private static final Repository REPOSITORY = new Repository("registry.example", "app");
  private static final LayerBlob LAYER = new LayerBlob(digest("layer"), 5_000, REPOSITORY);

  private final AtomicLong cpu = new AtomicLong();
  private final Timelines timelines = new Timelines(cpu::get);

  private static Digest digest(String text) {
    return Digest.sha256(text.getBytes(UTF_8));
  }

  private ImageTimeline.Told told(Digest manifest) {
    return timelines.find((known, _) -> known.equals(manifest)).getFirst();
  }

  private List<EventKind> kinds(Digest manifest) {
    return told(manifest).events().stream().map(TimelineEvent::kind).toList();
  }

  @Test
  void tellsWhatHappenedToAnImageInOrder() {
    LayerReads reads = timelines.of(LAYER);
    long began = System.nanoTime();
    timelines.resolved(ONE, "app:1", "index found", began);
    timelines.opened(ONE, LAYER.digest(), System.nanoTime());
    reads.mounted();
    reads.transferred(FetchKind.PREFETCH, 0, 2, 100, System.nanoTime());
    reads.stored(0, 50, System.nanoTime());
    reads.waited(7, 2, 3, System.nanoTime(), true);
    reads.waited(7, 3, 4, System.nanoTime(), false);
    reads.settled();
    ImageTimeline.Told told = told(ONE);
    assertThat(told.image()).isEqualTo("app:1");
    assertThat(told.index()).isEqualTo("index found");
    assertThat(told.layers()).hasSize(1);
    assertThat(kinds(ONE))
        .containsExactly(
            EventKind.RESOLVED,
            EventKind.OPENED,
            EventKind.MOUNTED,
            EventKind.PREFETCH,
            EventKind.STORED,
            EventKind.WAITED,
            EventKind.FAILED,
            EventKind.SETTLED);
    assertThat(told.events()).allMatch(event -> event.beganNanos() >= 0 && event.nanos() >= 0);
    assertThat(told.events().get(5).node()).isEqualTo(7);
    assertThat(told.lost()).isZero();
  }

  @Test
  void aSharedLayerTellsEveryImageThatHasIt() {
    LayerReads reads = timelines.of(LAYER);
    timelines.resolved(ONE, "app:1", "", System.nanoTime());
    timelines.opened(ONE, LAYER.digest(), System.nanoTime());
    timelines.resolved(TWO, "app:2", "", System.nanoTime());
    timelines.opened(TWO, LAYER.digest(), System.nanoTime());
    reads.settled();
    assertThat(kinds(ONE)).endsWith(EventKind.SETTLED);
    assertThat(kinds(TWO)).endsWith(EventKind.SETTLED);
  }

  @Test
  void anotherPullOfAnImageBeginsItsTimelineAnew() {
    LayerReads reads = timelines.of(LAYER);
    timelines.resolved(ONE, "app:1", "", System.nanoTime());
    timelines.opened(ONE, LAYER.digest(), System.nanoTime());
    timelines.resolved(ONE, "app:1", "again", System.nanoTime());
    reads.settled();
    assertThat(kinds(ONE)).containsExactly(EventKind.RESOLVED);
    assertThat(told(ONE).index()).isEqualTo("again");
  }

  @Test
  void forgetsTheImagesPulledLongestAgo() {
    for (int i = 0; i <= Timelines.MOST_IMAGES; i++) {
      timelines.resolved(digest("image " + i), "app:" + i, "", System.nanoTime());
    }
    assertThat(timelines.find((_, _) -> true)).hasSize(Timelines.MOST_IMAGES);
    assertThat(timelines.find((_, image) -> image.equals("app:0"))).isEmpty();
  }

  @Test
  void notesCpuTimeWhileSomethingHappens() {
    timelines.sample();
    timelines.resolved(ONE, "app:1", "", System.nanoTime());
    cpu.set(42);
    timelines.sample();
    TimelineEvent sample = told(ONE).events().getLast();
    assertThat(sample.kind()).isEqualTo(EventKind.CPU);
    assertThat(sample.bytes()).isEqualTo(42);
  }

  @Test
  void aRingKeepsTheLatestEventsAndCountsTheOthers() {
    EventRing ring = new EventRing(1_000);
    for (int i = 0; i < 2_345; i++) {
      ring.add(EventKind.STORED, i, 2L * i, i % 7, i, i + 1, -1, 3L * i);
    }
    List<TimelineEvent> events = ring.events();
    assertThat(events).hasSize(1_000);
    assertThat(ring.lost()).isEqualTo(1_345);
    for (int i = 0; i < events.size(); i++) {
      int number = 1_345 + i;
      assertThat(events.get(i))
          .isEqualTo(
              new TimelineEvent(
                  EventKind.STORED,
                  number,
                  2L * number,
                  number % 7,
                  number,
                  number + 1,
                  -1,
                  3L * number));
    }
  }
}
