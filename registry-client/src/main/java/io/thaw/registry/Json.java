package io.thaw.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;

/// JSON from outside, with bounded nesting. The caller has bounded the size.
final class Json {

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
              .build());

  private Json() {}

  /// Parses one document.
  ///
  /// @throws IOException naming only the position: parser messages quote the input, which may
  ///     hold secrets
  @SuppressWarnings("UnusedException") // the cause's message would quote the input
  static JsonNode parse(byte[] bytes) throws IOException {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      return node == null ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException e) {
      var location = e.getLocation();
      throw new IOException(
          "not valid JSON"
              + (location == null
                  ? ""
                  : " at line " + location.getLineNr() + ", column " + location.getColumnNr()));
    }
  }
}
