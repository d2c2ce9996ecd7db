package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Pushes to a registry that has every blob already.
class PushCommandTest {
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private HttpServer registry;
  private volatile int manifestStatus = 201;

  @BeforeEach
  void start() throws IOException {
    registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    registry.createContext("/", this::answer);
    registry.start();
  }

  @AfterEach
  void stop() {
    registry.stop(0);
  }

  @Test
  void pushesALayout() throws IOException {
    Cli.Run run = push("--json");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(new ObjectMapper().readTree(run.out()).get("presentBlobs").asInt()).isEqualTo(10);
    assertThat(calls.getLast()).isEqualTo("PUT /v2/app/manifests/1.0");
    assertThat(push().out()).contains("0 blobs sent (0 B), 10 were there");
  }

  @Test
  void aRefusalIsOneLine() {
    manifestStatus = 403;
    Cli.Run run = push();
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines()).singleElement().asString().contains("127.0.0.1");
  }

  private Cli.Run push(Object... more) {
    List<Object> args =
        new java.util.ArrayList<>(
            List.of(
                "push",
                "--plain-http",
                "--layout",
                Cli.GOLDEN.resolve("layout-converted"),
                "127.0.0.1:" + registry.getAddress().getPort() + "/app:1.0"));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    calls.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (exchange.getRequestMethod().equals("HEAD") && path.contains("/manifests/")) {
        exchange.sendResponseHeaders(404, -1);
      } else if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", "7");
        exchange.sendResponseHeaders(200, -1);
      } else {
        exchange.getResponseHeaders().set("Docker-Content-Digest", Digest.sha256(body).toString());
        exchange.sendResponseHeaders(manifestStatus, -1);
      }
    }
  }
}
