package io.thaw.cli.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.proto.control.v1.TimelineEvent;
import io.thaw.proto.control.v1.TimelineEvent.Kind;
import io.thaw.proto.control.v1.TimelineLayer;
import io.thaw.proto.control.v1.TimelineResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private static final String HOSTILE = "usr/</script><script>alert(1)</script>\u001b[2J&lt;'\"";
  private static final String LAYER = "sha256:" + "a".repeat(64);

  private static TimelineEvent event(Kind kind, long atMillis, long millis, int span, long bytes) {
    return TimelineEvent.newBuilder()
        .setKind(kind)
        .setBeganNanos(TimeUnit.MILLISECONDS.toNanos(atMillis))
        .setNanos(TimeUnit.MILLISECONDS.toNanos(millis))
        .setFirstSpan(span)
        .setEndSpan(span + 1)
        .setBytes(bytes)
        .build();
  }

  private static TimelineEvent wait(long atMillis, long millis, int span, String file) {
    return event(Kind.WAITED, atMillis, millis, span, 1 << 20).toBuilder().setFile(file).build();
  }

  /// Two waits that overlap, one long after, transfers that overlap, and everything settled.
  private static TimelineResponse timeline() {
    return TimelineResponse.newBuilder()
        .setImage("registry.example.com/app:1")
        .setManifestDigest("sha256:" + "b".repeat(64))
        .setIndex("index sha256:cc, found by annotation")
        .addLayers(TimelineLayer.newBuilder().setDigest(LAYER).setSpans(3).setBytes(3 << 20))
        .addEvents(
            event(Kind.RESOLVED, 0, 300, 0, 0).toBuilder().setLayer(-1).setEndSpan(0).build())
        .addEvents(event(Kind.OPENED, 300, 200, 0, 0))
        .addEvents(event(Kind.CPU, 500, 0, 0, 100_000_000L))
        .addEvents(event(Kind.DEMAND, 1_000, 100, 0, 1 << 20))
        .addEvents(event(Kind.PREFETCH, 1_050, 100, 1, 1 << 20))
        .addEvents(event(Kind.STORED, 1_100, 10, 0, 1 << 20))
        .addEvents(wait(1_000, 120, 0, "usr/bin/python3"))
        .addEvents(wait(1_100, 60, 1, HOSTILE))
        .addEvents(event(Kind.CPU, 1_150, 0, 0, 350_000_000L))
        .addEvents(event(Kind.FILL, 2_000, 100, 2, 1 << 20))
        .addEvents(event(Kind.SETTLED, 2_200, 0, 0, 0))
        .addEvents(wait(60_000, 10, 2, "late"))
        .build();
  }

  @Test
  void reckonsWhereTheTimeWent() {
    TimelineFacts facts = new TimelineFacts(timeline());
    assertThat(facts.waits()).hasSize(3);
    assertThat(millis(facts.waitedNanos())).isEqualTo(190);
    assertThat(millis(facts.someoneWaitedNanos())).as("overlaps count once").isEqualTo(170);
    long quiet = facts.quietNanos().orElseThrow();
    assertThat(millis(quiet)).as("a wait a minute later is no part of the start").isEqualTo(1_160);
    assertThat(facts.bytes(quiet)).isEqualTo(2 << 20);
    assertThat(millis(facts.linkUsedNanos(quiet))).isEqualTo(150);
    assertThat(millis(facts.cpuNanos(quiet).orElseThrow())).isEqualTo(250);
    assertThat(millis(facts.settledNanos().orElseThrow())).isEqualTo(2_200);
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  @Test
  void knowsOfNoQuietAndNoSettlingBeforeTheyCome() {
    TimelineResponse early =
        TimelineResponse.newBuilder()
            .addLayers(TimelineLayer.newBuilder().setDigest(LAYER).setSpans(3))
            .build();
    TimelineFacts facts = new TimelineFacts(early);
    assertThat(facts.quietNanos()).isEmpty();
    assertThat(facts.settledNanos()).isEmpty();
    StringWriter out = new StringWriter();
    new TimelineText(early).print(new PrintWriter(out, true));
    assertThat(out.toString()).contains("No read has waited.");
  }

  @Test
  void summarisesForATerminalAndLetsNoFileNameSteerIt() {
    StringWriter out = new StringWriter();
    new TimelineText(timeline()).print(new PrintWriter(out, true));
    assertThat(out.toString())
        .contains("registry.example.com/app:1", "found by annotation")
        .containsPattern("0.30 s +index looked for, 300.0 ms")
        .containsPattern("1.16 s +quiet: .* 2.0 MiB fetched by then, link in use for 0.15 s")
        .containsPattern("waiting readers +1 +1.0 MiB +100.0 ms +100.0 ms")
        .containsPattern("prefetch +1 ")
        .contains("3 reads waited: 0.19 s in all, 0.17 s during which at least one did")
        .containsPattern("1.00 s +120.0 ms +sha256:aaaaaaaaaaaa +0 +1.0 MiB +usr/bin/python3")
        .contains("\\x1b[2J")
        .doesNotContain("\u001b");
  }

  @Test
  void jsonHasEveryEventAndTheSummary() throws IOException {
    JsonNode json = new ObjectMapper().readTree(json());
    assertThat(json.path("events")).hasSize(12);
    assertThat(json.path("summary").path("quietMillis").asDouble()).isEqualTo(1_160);
    assertThat(json.path("events").get(0).has("layer")).isFalse();
    assertThat(json.path("events").get(7).path("file").asText()).isEqualTo(HOSTILE);
  }

  private static String json() throws IOException {
    StringWriter out = new StringWriter();
    TimelineJson.write(timeline(), out);
    return out.toString();
  }

  @Test
  void thePageNeedsNothingElseAndNothingAnImageSaysCanActInIt() throws IOException {
    StringWriter out = new StringWriter();
    TimelinePage.write(timeline(), out);
    String page = out.toString();
    assertThat(page)
        .contains("default-src 'none'; script-src 'sha256-")
        .doesNotContain("alert(1)</script>")
        .doesNotContain("http://", "https://", "@DATA@", "@SCRIPT@", "@STYLE@");
    assertThat(page.split("<script", -1)).as("its data and its script").hasSize(3);
  }
}
