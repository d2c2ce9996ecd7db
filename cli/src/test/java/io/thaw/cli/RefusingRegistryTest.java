package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pushing to a registry that does not want what it gets: one line with who refused, what, and
/// what to do; and no tag that points to half an image.
class RefusingRegistryTest {
  private final List<String> manifestsSent = new CopyOnWriteArrayList<>();
  private HttpServer registry;
  private volatile int status;
  private volatile String body = "";

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

  @ParameterizedTest
  @CsvSource({
    "403, DENIED, check the credentials",
    "413, SIZE_INVALID, answered 413",
    "405, UNSUPPORTED, answered 405"
  })
  void aRefusedUploadIsOneLineAndLeavesNoTag(int refusal, String code, String remedy) {
    status = refusal;
    body = "{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"secret of the server\"}]}";
    Cli.Run run = push();
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .contains("127.0.0.1:" + registry.getAddress().getPort())
        .contains(code)
        .contains(remedy)
        .doesNotContain("secret of the server");
    assertThat(manifestsSent).isEmpty();
  }

  @Test
  void aRegistryThatIsNotThereIsNamed() {
    int port = registry.getAddress().getPort();
    registry.stop(0);
    Cli.Run run = push();
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .contains("127.0.0.1:" + port)
        .contains("cannot be reached");
  }

  private Cli.Run push() {
    return Cli.run(
        "push",
        "--plain-http",
        "--layout",
        Cli.GOLDEN.resolve("layout-converted"),
        "127.0.0.1:" + registry.getAddress().getPort() + "/app:1.0");
  }

  /// Has no blob and takes none.
  private void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    String path = exchange.getRequestURI().getPath();
    if (exchange.getRequestMethod().equals("PUT") && path.contains("/manifests/")) {
      manifestsSent.add(path);
    }
    try (exchange) {
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(404, -1);
      } else {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
      }
    }
  }
}
