package io.thaw.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.index.oci.GoJson;
import io.thaw.index.oci.JsonPath;
import io.thaw.index.oci.MalformedManifestException;
import java.util.ArrayList;
import java.util.List;

/// The spans of one layer that are worth having before a container starts.
///
/// @param ranges in the order of their first span, as the builder writes them
public record PrefetchArtifact(List<SpanRange> ranges) {
  private static final String VERSION = "1.0";
  private static final int MAX_RANGES = 65_536;

  /// Neighbouring spans.
  ///
  /// @param firstSpan number of the first span
  /// @param lastSpan number of the last span, which belongs to the range
  /// @param priority lower is more urgent; 0 if the artifact does not say
  public record SpanRange(int firstSpan, int lastSpan, int priority) {}

  public PrefetchArtifact {
    ranges = List.copyOf(ranges);
  }

  /// Decodes an artifact whose digest the caller has verified.
  ///
  /// @throws MalformedManifestException naming the JSON path and the value
  public static PrefetchArtifact read(byte[] json) throws MalformedManifestException {
    JsonPath root = JsonPath.parse(json, Math.toIntExact(SociIndexReader.MAX_PREFETCH_BYTES));
    JsonPath version = root.field("version");
    if (!version.text().equals(VERSION)) {
      throw version.malformed("only version \"" + VERSION + "\" is supported");
    }
    List<SpanRange> ranges = new ArrayList<>();
    for (JsonPath range : root.field("prefetch_spans").elements(MAX_RANGES)) {
      ranges.add(range(range));
    }
    return new PrefetchArtifact(ranges);
  }

  /// Encodes the artifact byte for byte as AWS's tools do.
  public byte[] toJson() {
    GoJson json = new GoJson().open().string("version", VERSION).openList("prefetch_spans");
    for (SpanRange range : ranges) {
      json.open().number("start_span", range.firstSpan()).number("end_span", range.lastSpan());
      if (range.priority() != 0) {
        json.number("priority", range.priority());
      }
      json.close();
    }
    return json.closeList().close().toString().getBytes(UTF_8);
  }

  private static SpanRange range(JsonPath at) throws MalformedManifestException {
    JsonPath last = at.field("end_span");
    int firstSpan = spanNumber(at.field("start_span"));
    int lastSpan = spanNumber(last);
    if (lastSpan < firstSpan) {
      throw last.malformed("smaller than start_span, which is " + firstSpan);
    }
    JsonPath priority = at.field("priority");
    return new SpanRange(firstSpan, lastSpan, priority.isPresent() ? intOf(priority) : 0);
  }

  private static int spanNumber(JsonPath at) throws MalformedManifestException {
    int number = intOf(at);
    if (number < 0) {
      throw at.malformed("span numbers start at 0");
    }
    return number;
  }

  private static int intOf(JsonPath at) throws MalformedManifestException {
    long number = at.number();
    if (number != (int) number) {
      throw at.malformed("does not fit 32 bits");
    }
    return (int) number;
  }
}
