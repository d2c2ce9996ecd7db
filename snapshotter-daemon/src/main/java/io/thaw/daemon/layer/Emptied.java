package io.thaw.daemon.layer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// That what was on the disk of a lazy layer was given back; such a layer is in its images as
/// before and is fetched again when it is read.
///
/// @param bytes what it took
/// @param reason for people
public record Emptied(Instant at, long bytes, String reason) {
  private static final long MAX_BYTES = 1 << 14;
  private static final ObjectMapper JSON = new ObjectMapper();

  /// Reads what was remembered; empty if nothing was.
  ///
  /// @throws IOException if the file is not one of these
  static Optional<Emptied> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " has " + Files.size(file) + " bytes, more than it can have");
    }
    JsonNode json = JSON.readTree(Files.readAllBytes(file));
    if (!json.path("atMillis").isIntegralNumber() || !json.path("reason").isTextual()) {
      throw new IOException(file + " does not say when and why");
    }
    return Optional.of(
        new Emptied(
            Instant.ofEpochMilli(json.path("atMillis").asLong()),
            json.path("bytes").asLong(),
            json.path("reason").asText()));
  }

  /// Remembers it.
  void write(Path file) throws IOException {
    DurableFiles.replaceSoon(
        file,
        JSON.writeValueAsBytes(
            JSON.createObjectNode()
                .put("atMillis", at.toEpochMilli())
                .put("bytes", bytes)
                .put("reason", reason)));
  }
}
