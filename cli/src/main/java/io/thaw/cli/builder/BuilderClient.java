package io.thaw.cli.builder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.builder.web.Secret;
import io.thaw.config.ListenAddress;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/// Talks to the running builder.
final class BuilderClient implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .proxy(HttpClient.Builder.NO_PROXY)
          .build();
  private final String base;
  private final Secret secret;

  /// @param listen where the builder listens; all addresses means this machine
  BuilderClient(ListenAddress listen, Secret secret) {
    String host =
        switch (listen.host()) {
          case "0.0.0.0" -> "127.0.0.1";
          case "::" -> "::1";
          default -> listen.host();
        };
    this.base = "http://" + new ListenAddress(host, listen.port());
    this.secret = secret;
  }

  /// An answer that was JSON.
  record Answer(int status, JsonNode body) {}

  String base() {
    return base;
  }

  Answer get(String path) throws IOException {
    return send(request(path).GET());
  }

  Answer post(String path, Map<String, String> fields) throws IOException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(fields))));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .timeout(LIMIT)
        .header("Authorization", secret.bearer());
  }

  private Answer send(HttpRequest.Builder request) throws IOException {
    HttpResponse<byte[]> response;
    try {
      response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (ConnectException e) {
      throw new IOException(
          "no builder answers at "
              + base
              + "; is \"thaw builder run\" running with this"
              + " configuration?",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
    try {
      return new Answer(response.statusCode(), JSON.readTree(response.body()));
    } catch (JsonProcessingException e) {
      throw new IOException(
          "what answers at " + base + " is no builder (status " + response.statusCode() + ")", e);
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
