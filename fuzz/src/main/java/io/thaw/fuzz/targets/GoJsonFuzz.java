package io.thaw.fuzz.targets;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.index.oci.GoJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Our JSON writer against Jackson's parser: what is written is JSON, and means what was to be
/// written, but that half a surrogate pair becomes U+FFFD as in Go.
///
/// Input: UTF-16 text, any two bytes a character.
public final class GoJsonFuzz {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private GoJsonFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    StringBuilder built = new StringBuilder(data.length / 2);
    for (int i = 0; i + 1 < data.length; i += 2) {
      built.append((char) (((data[i] & 0xff) << 8) | (data[i + 1] & 0xff)));
    }
    String text = built.toString();
    byte[] json =
        new GoJson()
            .open()
            .string("text", text)
            .map("map", Map.of("k" + text, text))
            .number("after", 1)
            .close()
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    JsonNode read;
    try {
      read = MAPPER.readTree(json);
    } catch (IOException e) {
      throw Oracle.broken("what was written is no JSON", e);
    }
    String expected = whole(text);
    Oracle.check(read.path("text").asText().equals(expected), "the text has changed");
    Oracle.check(
        read.path("map").path("k" + expected).asText().equals(expected), "the map has changed");
    Oracle.check(read.path("after").asInt() == 1, "what follows has changed");
    for (byte b : json) {
      Oracle.check(
          b < 0 || (b >= 0x20 && b != '<' && b != '>' && b != '&'), "a byte Go would escape: " + b);
    }
  }

  /// As Java's own encoder sees it, but for what it puts in place of half a pair.
  private static String whole(String text) {
    int[] points = text.codePoints().map(c -> c >= 0xd800 && c <= 0xdfff ? 0xfffd : c).toArray();
    return new String(points, 0, points.length);
  }
}
