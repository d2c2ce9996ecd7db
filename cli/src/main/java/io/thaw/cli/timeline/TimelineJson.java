package io.thaw.cli.timeline;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.thaw.cli.output.HtmlEscapes;
import io.thaw.proto.control.v1.TimelineEvent;
import io.thaw.proto.control.v1.TimelineLayer;
import io.thaw.proto.control.v1.TimelineResponse;
import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;

/// A timeline as JSON, for scripts and for the page. Times of events are milliseconds since the
/// pull began; names are only ever added.
public final class TimelineJson {
  private static final JsonFactory JSON = new JsonFactory();

  private TimelineJson() {}

  /// Writes it in a form that can stand inside HTML; does not close `out`.
  public static void write(TimelineResponse timeline, Writer out) throws IOException {
    JsonGenerator json = JSON.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.setCharacterEscapes(new HtmlEscapes());
    TimelineFacts facts = new TimelineFacts(timeline);
    json.writeStartObject();
    json.writeStringField("image", timeline.getImage());
    json.writeStringField("manifest", timeline.getManifestDigest());
    json.writeStringField("index", timeline.getIndex());
    json.writeStringField(
        "started", Instant.ofEpochSecond(0, timeline.getStartedNanos()).toString());
    json.writeNumberField("lostEvents", timeline.getLostEvents());
    summary(facts, json);
    json.writeArrayFieldStart("layers");
    for (TimelineLayer layer : timeline.getLayersList()) {
      json.writeStartObject();
      json.writeStringField("digest", layer.getDigest());
      json.writeNumberField("spans", layer.getSpans());
      json.writeNumberField("bytes", layer.getBytes());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("events");
    for (TimelineEvent event : timeline.getEventsList()) {
      event(event, json);
    }
    json.writeEndArray();
    json.writeEndObject();
    json.close();
  }

  private static void summary(TimelineFacts facts, JsonGenerator json) throws IOException {
    OptionalLong quiet = facts.quietNanos();
    json.writeObjectFieldStart("summary");
    json.writeNumberField("waits", facts.waits().size());
    json.writeNumberField("waitedMillis", millis(facts.waitedNanos()));
    json.writeNumberField("someoneWaitedMillis", millis(facts.someoneWaitedNanos()));
    if (quiet.isPresent()) {
      json.writeNumberField("quietMillis", millis(quiet.getAsLong()));
      json.writeNumberField("bytesUntilQuiet", facts.bytes(quiet.getAsLong()));
      json.writeNumberField("linkUsedMillis", millis(facts.linkUsedNanos(quiet.getAsLong())));
      OptionalLong cpu = facts.cpuNanos(quiet.getAsLong());
      if (cpu.isPresent()) {
        json.writeNumberField("cpuMillis", millis(cpu.getAsLong()));
      }
    }
    OptionalLong settled = facts.settledNanos();
    if (settled.isPresent()) {
      json.writeNumberField("settledMillis", millis(settled.getAsLong()));
    }
    json.writeNumberField("endMillis", millis(facts.endNanos()));
    json.writeEndObject();
  }

  private static void event(TimelineEvent event, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("kind", event.getKind().name().toLowerCase(Locale.ROOT));
    json.writeNumberField("at", millis(event.getBeganNanos()));
    json.writeNumberField("millis", millis(event.getNanos()));
    if (event.getLayer() >= 0) {
      json.writeNumberField("layer", event.getLayer());
      json.writeNumberField("first", event.getFirstSpan());
      json.writeNumberField("end", event.getEndSpan());
    }
    json.writeNumberField("bytes", event.getBytes());
    if (!event.getFile().isEmpty()) {
      json.writeStringField("file", event.getFile());
    }
    json.writeEndObject();
  }

  private static double millis(long nanos) {
    return Math.round(nanos / 1e4) / 100.0;
  }
}
