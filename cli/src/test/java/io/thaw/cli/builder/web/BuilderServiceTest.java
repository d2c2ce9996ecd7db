package io.thaw.cli.builder.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.builder.work.FakeIndexer;
import io.thaw.cli.builder.work.ImageIndexer;
import io.thaw.config.BuilderConfig;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The service over real HTTP, with an indexer that only pretends.
class BuilderServiceTest {
  private static final String SECRET = "correct-horse-battery";
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final FakeIndexer indexer =
      new FakeIndexer(
          task -> {
            if (task.tag().orElse("").equals("bad")) {
              throw new IOException("<script>alert('x')</script>");
            }
            return new ImageIndexer.Indexed("done", List.of(), 1, 10);
          });
  private int graceSeconds;
  private BuilderService service;

  @BeforeEach
  void start() throws IOException {
    service = service("");
  }

  @AfterEach
  void stop() throws IOException {
    service.close();
    http.close();
  }

  @Test
  void aNotificationIsAnsweredWhenItsJobIsKeptAndTheJobIsDone() throws Exception {
    restartWithGrace();
    HttpResponse<String> answer = notify(event("app", "1"));

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(answer.body())
        .isEqualTo("{\"decisions\":[{\"job\":1,\"rule\":\"all\",\"outcome\":\"queued\"}]}");
    assertThat(get("/api/jobs").path("jobs").path(0).path("repository").asText())
        .isEqualTo("r.example.com/app");
    indexer.begun.acquire();
    assertThat(get("/api/status").path("running").path(0).path("progress").has("totalBytes"))
        .isTrue();
    indexer.mayEnd.release();
    service.close();
    service = service("");
    assertThat(get("/api/status").path("counts").path("done").asInt()).isEqualTo(1);
  }

  @Test
  void whoShowsNoSecretIsNotHeard() throws Exception {
    HttpResponse<String> answer = send(post("/notify", event("app", "1")));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow()).contains("Basic");
    assertThat(
            send(post("/notify", event("app", "1")).header("Authorization", "Bearer nonsense"))
                .statusCode())
        .isEqualTo(401);
    assertThat(get("/api/jobs").path("jobs")).isEmpty();
  }

  @Test
  void aSignedNotificationNeedsNoOtherSecret() throws Exception {
    String body = event("app", "1");
    String seconds = String.valueOf(Instant.now().getEpochSecond());
    byte[] mac = Secret.of(SECRET).hmac((seconds + "." + body).getBytes(StandardCharsets.UTF_8));
    String signature = "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac);

    assertThat(send(post("/notify", body).header("X-Thaw-Signature", signature)).statusCode())
        .isEqualTo(202);
    assertThat(send(post("/notify", body + " ").header("X-Thaw-Signature", signature)).statusCode())
        .isEqualTo(401);
  }

  @Test
  void anAnswerSaysWhatIsWrongWithARequest() throws Exception {
    assertThat(notify("{").statusCode()).isEqualTo(400);
    assertThat(notify("{").body()).contains("not JSON");
    assertThat(notify("{\"events\":[" + " ".repeat(3_000) + "]}").statusCode()).isEqualTo(413);
    assertThat(
            send(authorized("/notify")
                    .header("Content-Type", "text/plain")
                    .POST(HttpRequest.BodyPublishers.ofString("{}")))
                .statusCode())
        .isEqualTo(415);
    assertThat(send(authorized("/notify")).statusCode()).isEqualTo(405);
    assertThat(send(authorized("/notify/gitlab")).statusCode()).isEqualTo(404);
    assertThat(send(authorized("/../../etc/passwd")).statusCode()).isEqualTo(404);
    assertThat(send(authorized("/api/jobs?state=no")).statusCode()).isEqualTo(400);
    assertThat(send(authorized("/api/jobs?limit=-1")).statusCode()).isEqualTo(400);
    assertThat(send(authorized("/api/jobs?q=" + "x".repeat(400))).statusCode()).isEqualTo(400);
    assertThat(send(authorized("/").DELETE()).statusCode()).isEqualTo(405);
  }

  @Test
  void distributionsOwnContentTypeIsJsonToo() throws Exception {
    assertThat(
            send(authorized("/notify/distribution")
                    .header("Content-Type", "application/vnd.docker.distribution.events.v2+json")
                    .POST(HttpRequest.BodyPublishers.ofString(event("app", "1"))))
                .statusCode())
        .isEqualTo(202);
  }

  @Test
  void aFullQueueAsksToComeAgainLater() throws Exception {
    service.close();
    service = service("[queue]\nmax_jobs = 1\n");
    notify(event("app", "1"));
    indexer.begun.acquire();
    notify(event("app", "2"));

    HttpResponse<String> answer = notify(event("app", "3"));

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.headers().firstValue("Retry-After")).contains("30");
  }

  @Test
  void byHandTheReferenceIsResolvedAndARefusalSaysWhy() throws Exception {
    assertThat(submit("r.example.com/app:1").statusCode()).isEqualTo(202);
    assertThat(get("/api/jobs").path("jobs").path(0).path("origin").asText()).isEqualTo("hand");

    assertThat(submit("r.example.com/app:1-soci").statusCode()).isEqualTo(422);
    assertThat(submit("other.example.com/app:1").body()).contains("no [[registry]] has the host");
    assertThat(submit("r.example.com/APP:1").statusCode()).isEqualTo(400);
    assertThat(send(json("/api/jobs", "{\"reference\": 3}")).statusCode()).isEqualTo(400);
  }

  @Test
  void aPageFromElsewhereInTheBrowserCannotReadAnything() throws Exception {
    // The JDK's client sets Host itself, so this speaks HTTP by hand.
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), service.listen().port())) {
      socket
          .getOutputStream()
          .write(
              "GET /api/jobs HTTP/1.1\r\nHost: rebound.example.com\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void aReadSecretClosesThePageButNotTheHealthCheck() throws Exception {
    service.close();
    service = service("", Map.of(Secrets.READ_SECRET_VARIABLE, "only-for-looking-at"));

    assertThat(send(request("/")).statusCode()).isEqualTo(401);
    assertThat(send(request("/metrics")).statusCode()).isEqualTo(401);
    assertThat(send(request("/healthz")).statusCode()).isEqualTo(200);
    assertThat(
            send(request("/").header("Authorization", "Bearer only-for-looking-at")).statusCode())
        .isEqualTo(200);
    assertThat(
            send(post("/notify", event("app", "1"))
                    .header("Authorization", "Bearer only-for-looking-at"))
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  void thePageLoadsNothingFromElsewhereAndRunsNoScriptOfItsOwnText() throws Exception {
    HttpResponse<String> page = send(request("/"));

    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'self'")
        .doesNotContain("unsafe");
    assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
    assertThat(page.body()).doesNotContain("http://", "https://", "onclick", "style=");
    assertThat(send(request("/builder.js")).body()).doesNotContain("innerHTML", "insertAdjacent");
  }

  @Test
  void metricsCountWithFewLabels() throws Exception {
    notify(event("app", "1"));
    notify(event("app", "1"));
    notify(event("elsewhere/<b>", "1"));

    String metrics = send(request("/metrics")).body();

    assertThat(metrics)
        .contains("thaw_builder_pushes_total{origin=\"distribution\",outcome=\"queued\"} 1.0")
        .contains("thaw_builder_pushes_total{origin=\"distribution\",outcome=\"joined\"} 1.0")
        .contains("thaw_builder_pushes_total{origin=\"distribution\",outcome=\"invalid\"} 1.0")
        .contains("thaw_builder_requests_total{route=\"notify\",status=\"202\"} 3.0")
        .contains("thaw_builder_jobs{state=\"dead\"} 0.0")
        .doesNotContain("app", "<b>");
  }

  @Test
  void aSecondBuilderOnTheSameRootIsRefused() {
    assertThatThrownBy(() -> service(""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another builder uses " + dir);
  }

  @Test
  void errorsAreShownAsTheyAre() throws Exception {
    restartWithGrace();
    indexer.mayEnd.release();
    notify(event("app", "bad"));
    indexer.begun.acquire();
    service.close();
    service = service("");

    assertThat(get("/api/jobs?q=bad").path("jobs").path(0).path("error").asText())
        .isEqualTo("<script>alert('x')</script>");
  }

  /// For tests in which a job ends while the service does.
  private void restartWithGrace() throws IOException {
    service.close();
    graceSeconds = 60;
    service = service("");
  }

  private HttpResponse<String> notify(String body) throws Exception {
    return send(json("/notify", body));
  }

  private HttpResponse<String> submit(String reference) throws Exception {
    return send(json("/api/jobs", "{\"reference\": \"" + reference + "\"}"));
  }

  private JsonNode get(String path) throws Exception {
    return JSON.readTree(send(request(path)).body());
  }

  private HttpRequest.Builder json(String path, String body) {
    return post(path, body).header("Authorization", "Bearer " + SECRET);
  }

  private HttpRequest.Builder post(String path, String body) {
    return request(path)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpRequest.Builder authorized(String path) {
    return request(path).header("Authorization", "Bearer " + SECRET);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://" + service.listen() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String event(String repository, String tag) {
    return """
    {"events":[{"action":"push","target":{"mediaType":"application/vnd.oci.image.manifest.v1+json",\
    "repository":"%s","tag":"%s","digest":"%s"},"request":{"host":"r.example.com"}}]}"""
        .formatted(repository, tag, DIGEST);
  }

  private BuilderService service(String config) throws IOException {
    return service(config, Map.of());
  }

  private BuilderService service(String config, Map<String, String> more) throws IOException {
    BuilderConfig settings =
        BuilderConfig.parse(
            "b.toml",
            """
            root = "%s"
            listen = "127.0.0.1:0"
            concurrency = 1
            shutdown_grace_sec = %d
            max_body_bytes = 2048
            %s
            [[registry]]
            host = "r.example.com"
            [[rule]]
            name = "all"
            images = ["r.example.com/app"]
            """
                .formatted(dir, graceSeconds, config));
    Map<String, String> environment = new HashMap<>(more);
    environment.put(Secrets.SECRET_VARIABLE, SECRET);
    return BuilderService.start(
        settings,
        Secrets.forService(settings, environment, true),
        new BuilderService.Registries() {
          @Override
          public ImageIndexer indexer() {
            return indexer;
          }

          @Override
          public Digest resolve(Reference reference) {
            return Digest.parse(DIGEST);
          }
        });
  }
}
