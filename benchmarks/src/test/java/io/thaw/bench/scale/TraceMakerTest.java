package io.thaw.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.bench.scale.StartTrace.Overlay;
import io.thaw.bench.scale.StartTrace.Start;
import io.thaw.bench.scale.StartTrace.Step;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TraceMakerTest {
  private static final Overlay OVERLAY = new Overlay("made up", 3, 77e6, 3.4);

  /// Two layers; served after 1.5 s. Two reads wait together, one by itself; read-ahead begins
  /// between them, and a fill that nobody touches.
  private static final String TIMELINE =
      """
      {"image": "host:5000/ml:1", "manifest": "sha256:aa", "lostEvents": 0,
       "layers": [{"digest": "sha256:01", "spans": 9, "bytes": 900},
                  {"digest": "sha256:02", "spans": 9, "bytes": 700}],
       "events": [
        {"kind": "opened", "at": 100, "millis": 1400, "layer": 0, "bytes": 0},
        {"kind": "demand", "at": 2000, "millis": 25, "layer": 0, "first": 0, "end": 2, "bytes": 10000},
        {"kind": "waited", "at": 2000, "millis": 100, "layer": 0, "first": 0, "end": 1, "bytes": 1},
        {"kind": "waited", "at": 2050, "millis": 150, "layer": 0, "first": 1, "end": 2, "bytes": 1},
        {"kind": "read_ahead", "at": 2500, "millis": 500, "layer": 1, "first": 4, "end": 6, "bytes": 900000},
        {"kind": "fill", "at": 2600, "millis": 900, "layer": 0, "first": 6, "end": 9, "bytes": 500},
        {"kind": "waited", "at": 2700, "millis": 400, "layer": 1, "first": 4, "end": 5, "bytes": 1},
        {"kind": "stored", "at": 2900, "millis": 10, "layer": 0, "first": 0, "end": 1, "bytes": 400000},
        {"kind": "stored", "at": 2900, "millis": 10, "layer": 0, "first": 1, "end": 2, "bytes": 500000},
        {"kind": "stored", "at": 2900, "millis": 900, "layer": 1, "first": 4, "end": 5, "bytes": 500000},
        {"kind": "waited", "at": 9000, "millis": 10, "layer": 1, "first": 8, "end": 9, "bytes": 1}]}
      """;

  private static final String PROFILE =
      """
      {"manifest": "sha256:aa", "layers": [{"layer": "sha256:02"}, {"layer": "sha256:01"}],
       "spans": [{"layer": 1, "span": 0, "bytes": 3000, "millis": 0},
                 {"layer": 1, "span": 1, "bytes": 4000, "millis": 50},
                 {"layer": 0, "span": 4, "bytes": 300000, "millis": 490}]}
      """;

  private static StartTrace make(String timeline, String profile) throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode told = json.readTree(timeline);
    return new TraceMaker(told, json.readTree(profile), 4, 8, 10, 500_000).make("test", OVERLAY);
  }

  @Test
  void aStepIsWhatTheProgramComputesAndThenWaitsFor() throws IOException {
    StartTrace trace = make(TIMELINE, PROFILE);
    assertThat(trace.steps())
        .containsExactly(
            new Step(0.5, List.of(new Start(0, 0.5)), List.of(0, 1)),
            new Step(0.5, List.of(new Start(1, 0.3)), List.of(2)));
    assertThat(trace.pieces()).containsExactly(10_000L, 900_000L);
    assertThat(trace.spanBytes()).containsExactly(3000L, 4000L, 300_000L);
    assertThat(trace.spanPieces()).containsExactly(0, 0, 1);
    assertThat(trace.lastSeconds()).isEqualTo(0.9, within(1e-9));
  }

  @Test
  void theZtocsTimeOnTheLinkIsLeftToTheSimulation() throws IOException {
    StartTrace trace = make(TIMELINE, PROFILE);
    assertThat(trace.setupSeconds()).as("1.5 s less 0.5 MB at 1 MB/s").isEqualTo(1.0);
    assertThat(trace.setupBytes()).isEqualTo(500_000);
  }

  @Test
  void ratesAreThoseOfUndisturbedRequestsAndOfTheSpanInTheMiddle() throws IOException {
    StartTrace trace = make(TIMELINE, PROFILE);
    assertThat(trace.requestSeconds()).as("25 ms less 10 and 10").isEqualTo(0.005);
    assertThat(trace.storeBytesPerSecond()).isEqualTo(40e6);
    assertThat(trace.layerBytes()).containsExactly(700L, 900L);
  }

  @Test
  void refusesWhatIsNotOneWholeLazyStart() {
    assertThatIOException()
        .isThrownBy(() -> make(TIMELINE.replace("\"lostEvents\": 0", "\"lostEvents\": 3"), PROFILE))
        .withMessageContaining("lost its first events");
    assertThatIOException()
        .isThrownBy(() -> make(TIMELINE, PROFILE.replace("sha256:aa", "sha256:bb")))
        .withMessageContaining("different images");
    assertThatIOException()
        .isThrownBy(() -> make(TIMELINE.replace("waited", "other"), PROFILE))
        .withMessageContaining("was not lazy");
    assertThatIOException()
        .isThrownBy(() -> make(TIMELINE, PROFILE.replace("\"span\": 4", "\"span\": 7")))
        .withMessageContaining("never fetched");
  }
}
