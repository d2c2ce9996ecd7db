package io.thaw.cli.builder.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// An answer to a request. Never changes.
final class Reply {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final int status;
  private final String contentType;
  private final byte[] body;
  private final Map<String, String> headers;

  Reply(int status, String contentType, byte[] body, Map<String, String> headers) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
    this.headers = Map.copyOf(headers);
  }

  static Reply json(int status, JsonNode body) {
    try {
      return new Reply(status, "application/json", JSON.writeValueAsBytes(body), Map.of());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON nodes can always be written", e);
    }
  }

  static Reply text(int status, String contentType, String body) {
    return new Reply(
        status, contentType + "; charset=utf-8", body.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  /// An error that says what was wrong.
  static Reply error(int status, String message) {
    return json(status, JsonNodeFactory.instance.objectNode().put("error", message));
  }

  Reply with(String header, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(header, value);
    return new Reply(status, contentType, body, Map.copyOf(more));
  }

  int status() {
    return status;
  }

  String contentType() {
    return contentType;
  }

  /// The caller only reads it.
  byte[] body() {
    return body;
  }

  Map<String, String> headers() {
    return headers;
  }
}
