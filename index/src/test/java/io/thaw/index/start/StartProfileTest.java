package io.thaw.index.start;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.PrefetchArtifact;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.start.StartProfile.LayerRef;
import io.thaw.index.start.StartProfile.Step;
import io.thaw.registry.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StartProfileTest {
  private static final int MIB = 1 << 20;
  private static final Digest MANIFEST = digest("manifest");
  private static final LayerRef BASE =
      new LayerRef(digest("base"), digest("base ztoc"), 500 * MIB, 1);
  private static final LayerRef APP = new LayerRef(digest("app"), digest("app ztoc"), 400 * MIB, 1);

  private static Digest digest(String text) {
    return Digest.sha256(text.getBytes(UTF_8));
  }

  private static StartProfile profile(List<LayerRef> layers, Step... steps) {
    return new StartProfile(
        MANIFEST, "example.com/app:1", Instant.EPOCH.plusSeconds(60), layers, List.of(steps));
  }

  private static Step step(int layer, int span, int atMillis) {
    return new Step(layer, span, MIB, atMillis, 1);
  }

  private static List<String> spans(StartProfile profile) {
    return profile.wanted().stream().map(s -> s.layer() + ":" + s.span()).toList();
  }

  @Test
  void comesBackFromItsJson() throws Exception {
    StartProfile profile = profile(List.of(BASE, APP), step(0, 7, 0), step(1, 3, 12));
    assertThat(StartProfileJson.read(StartProfileJson.write(profile))).isEqualTo(profile);
  }

  @Test
  void saysWhichPlaceOfADocumentIsWrong() {
    StartProfile profile = profile(List.of(BASE, APP), step(0, 7, 0), step(1, 3, 12));
    String json = new String(StartProfileJson.write(profile), UTF_8);
    assertMalformed(json.replace("\"layer\":1", "\"layer\":2"), "$.spans[1].layer");
    assertMalformed(json.replace("\"span\":7", "\"span\":-7"), "$.spans[0].span");
    assertMalformed(json.replace("\"history\":1", "\"history\":2"), "$.spans[0].history");
    assertMalformed(json.replace("\"recordings\":1", "\"recordings\":9"), "recordings");
    assertMalformed(json.replace("\"version\":\"1\"", "\"version\":\"2\""), "$.version");
    assertMalformed(json.replace("1970-01-01T00:01:00Z", "yesterday"), "$.recordedAt");
    assertMalformed(json.substring(0, json.length() - 1), "");
  }

  private static void assertMalformed(String json, String where) {
    assertThatThrownBy(() -> StartProfileJson.read(json.getBytes(UTF_8)))
        .as(json)
        .isInstanceOf(MalformedManifestException.class)
        .hasMessageContaining(where);
  }

  @Test
  void keepsWhatOneOfTwoRecordingsTouchedAndForgetsWhatOneOfThreeDid() {
    StartProfile first = profile(List.of(BASE), step(0, 1, 0), step(0, 2, 10));
    StartProfile second = profile(List.of(BASE), step(0, 1, 0), step(0, 3, 5));
    StartProfile two = first.mergedWith(second);
    assertThat(spans(two)).containsExactly("0:1", "0:3", "0:2");
    assertThat(two.layers().getFirst().recordings()).isEqualTo(2);

    StartProfile three = two.mergedWith(profile(List.of(BASE), step(0, 1, 0), step(0, 3, 2)));
    assertThat(spans(three)).containsExactly("0:1", "0:3");
  }

  @Test
  void aNewHabitReplacesTheOldOneHoweverOftenThatWasSeen() {
    StartProfile profile = profile(List.of(BASE), step(0, 1, 0));
    for (int i = 0; i < 50; i++) {
      profile = profile.mergedWith(profile(List.of(BASE), step(0, 1, 0)));
    }
    assertThat(profile.layers().getFirst().recordings()).isEqualTo(StartProfile.MAX_RECORDINGS);
    for (int i = 0; i < StartProfile.MAX_RECORDINGS; i++) {
      profile = profile.mergedWith(profile(List.of(BASE), step(0, 2, 0)));
    }
    assertThat(spans(profile)).containsExactly("0:2");
    assertThat(profile.steps()).as("what nobody remembers is gone").hasSize(1);
  }

  @Test
  void aRecordingThatSawOneLayerSaysNothingOfTheOthers() {
    StartProfile whole = profile(List.of(BASE, APP), step(0, 1, 0), step(1, 1, 5));
    StartProfile part = profile(List.of(APP), step(0, 2, 0));
    StartProfile merged = whole.mergedWith(part).mergedWith(part);
    assertThat(merged.layers().get(0).recordings()).isEqualTo(1);
    assertThat(merged.layers().get(1).recordings()).isEqualTo(3);
    assertThat(spans(merged)).containsExactly("0:1", "1:2");
  }

  @Test
  void aLayerWithAnotherZtocBeginsAnew() {
    LayerRef rebuilt = new LayerRef(BASE.layer(), digest("other spans"), 500 * MIB, 1);
    StartProfile merged =
        profile(List.of(BASE, APP), step(0, 9, 0), step(1, 1, 5))
            .mergedWith(profile(List.of(rebuilt), step(0, 4, 1)));
    assertThat(merged.indexOf(BASE.layer(), BASE.ztoc())).isEmpty();
    int place = merged.indexOf(rebuilt.layer(), rebuilt.ztoc()).orElseThrow();
    assertThat(merged.steps())
        .anyMatch(s -> s.layer() == place && s.span() == 4)
        .noneMatch(s -> s.span() == 9);
  }

  @Test
  void plansNeighboursOfOnePieceAsOneRange() {
    StartProfile profile =
        profile(List.of(BASE, APP), step(0, 5, 0), step(1, 0, 1), step(0, 4, 2), step(0, 6, 3));
    List<List<SpanRange>> plan = StartPlan.of(profile);
    assertThat(plan.get(0)).containsExactly(new SpanRange(4, 6, 0));
    assertThat(plan.get(1)).containsExactly(new SpanRange(0, 0, 1));
  }

  @Test
  void plansEverySpanOnceAndEarlyOnesFirst() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Set<List<Integer>> used = new HashSet<>();
    List<Step> steps = new ArrayList<>();
    while (steps.size() < 500) {
      int layer = random.nextInt(2);
      int span = random.nextInt(400);
      if (used.add(List.of(layer, span))) {
        steps.add(new Step(layer, span, random.nextInt(MIB) + 1, steps.size(), 1));
      }
    }
    StartProfile profile = new StartProfile(MANIFEST, "", Instant.EPOCH, List.of(BASE, APP), steps);
    List<List<SpanRange>> plan = StartPlan.of(profile);
    Set<List<Integer>> planned = new HashSet<>();
    Set<Integer> ranks = new HashSet<>();
    for (int layer = 0; layer < 2; layer++) {
      for (SpanRange range : plan.get(layer)) {
        assertThat(ranks.add(range.priority())).as("seed %d", seed).isTrue();
        for (int span = range.firstSpan(); span <= range.lastSpan(); span++) {
          assertThat(planned.add(List.of(layer, span))).as("seed %d", seed).isTrue();
        }
      }
    }
    assertThat(planned).as("seed %d", seed).isEqualTo(used);
    Step first = steps.getFirst();
    SpanRange first0 =
        plan.get(first.layer()).stream().filter(r -> r.priority() == 0).findFirst().orElseThrow();
    assertThat(first.span()).isBetween(first0.firstSpan(), first0.lastSpan());
  }

  @Test
  void becomesAnArtifactThatSociReads() throws Exception {
    List<SpanRange> ranges = List.of(new SpanRange(8, 9, 0), new SpanRange(2, 2, 3));
    byte[] json = StartPlan.artifact(ranges).toJson();
    assertThat(new String(json, UTF_8))
        .isEqualTo(
            "{\"version\":\"1.0\",\"prefetch_spans\":["
                + "{\"start_span\":2,\"end_span\":2,\"priority\":3},"
                + "{\"start_span\":8,\"end_span\":9}]}");
    assertThat(PrefetchArtifact.read(json).ranges()).hasSize(2);
  }
}
