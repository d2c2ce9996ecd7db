package io.thaw.it.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// The wire of W3C WebDriver: one JSON document each way for every command.
///
/// Source: the W3C recommendation "WebDriver", section 6, "Protocol".
final class WebDriver implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);

  private final HttpClient http;
  private final String base;

  WebDriver(int port) {
    this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    this.base = "http://127.0.0.1:" + port;
  }

  JsonNode post(String path, ObjectNode body) throws IOException {
    return send(
        request(path)
            .header("Content-Type", "application/json; charset=utf-8")
            .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
            .build());
  }

  JsonNode get(String path) throws IOException {
    return send(request(path).GET().build());
  }

  JsonNode delete(String path) throws IOException {
    return send(request(path).DELETE().build());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).timeout(ANSWER_LIMIT);
  }

  /// The `value` of the answer; an error the driver reports is an [IOException] with its message.
  private JsonNode send(HttpRequest request) throws IOException {
    HttpResponse<byte[]> response;
    try {
      response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the browser was working", e);
    }
    JsonNode value = JSON.readTree(response.body()).path("value");
    if (response.statusCode() != 200) {
      throw new IOException(
          "The browser refused %s %s: %s: %s"
              .formatted(
                  request.method(),
                  request.uri().getPath(),
                  value.path("error").asText(),
                  value.path("message").asText()));
    }
    return value;
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
