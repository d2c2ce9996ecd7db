package io.thaw.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.ThawMain;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Why each layer of an image is as it is, as `thaw status` tells.
final class Reasons {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Reasons() {}

  /// `MODE: REASON` of each layer, by its digest.
  ///
  /// @throws IOException if the daemon knows no such image
  static Map<String, String> of(Path daemon, String reference) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        ThawMain.run(
            "thaw", out, err, "status", "--json", reference, "--daemon", daemon.toString());
    if (code != 0) {
      throw new IOException(err.toString(StandardCharsets.UTF_8));
    }
    Map<String, String> reasons = new LinkedHashMap<>();
    JsonNode layers = JSON.readTree(out.toByteArray()).at("/images/0/layers");
    for (JsonNode layer : layers) {
      reasons.put(
          layer.path("digest").asText(),
          layer.path("mode").asText() + ": " + layer.path("reason").asText());
    }
    return reasons;
  }
}
