package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.ThawMain;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.Ports;
import io.thaw.it.node.Await;
import io.thaw.it.node.Mounts;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Pulls with every kind of secret, some of them failing, and searches everything the daemon wrote
/// or says for them.
class SecretsIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int MANY = 1 << 22;

  private Node node;
  private SecretRegistry registry;
  private ImageLayout image;
  private Thawd thawd;
  private String metrics = "";
  private String debug = "";

  /// What was written or said, by where.
  private final Map<String, String> written = new TreeMap<>();

  @BeforeEach
  void start() throws IOException {
    node = Node.create();
    image = ImageLayout.read(TestImages.goldenDir().resolve("layout"));
    Path converted = node.dir().resolve("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    registry = node.own(new SecretRegistry(converted));
    metrics = "127.0.0.1:" + Ports.free();
    debug = "127.0.0.1:" + Ports.free();
    Path hosts = node.dir("certs.d/" + SecretRegistry.HOST).resolve("hosts.toml");
    Files.writeString(
        hosts,
        """
        server = "http://%s"
        [header]
          X-Api-Key = "%s"
        """
            .formatted(SecretRegistry.HOST, SecretRegistry.Secret.HEADER.text()));
    Files.writeString(
        node.dir("docker").resolve("config.json"),
        """
        {"auths": {"%s": {"auth": "%s"}}}
        """
            .formatted(
                SecretRegistry.HOST,
                SecretRegistry.basic(SecretRegistry.USER, SecretRegistry.Secret.PASSWORD)));
    List<String> launcher = new ArrayList<>(List.of("env", "HTTP_PROXY=" + registry.proxy()));
    launcher.addAll(Thawd.ownJava());
    thawd =
        node.own(
            Thawd.start(
                Thawd.Setup.in(node.dir(), node.dir().resolve("thawd.log"))
                    .withLauncher(launcher)
                    .withExtraConfig(
                        """
                        metrics_address = "%s"
                        debug_address = "%s"
                        [log]
                        level = "trace"
                        [registry]
                        config_path = "%s"
                        plain_http_hosts = ["%s", "%s"]
                        [fill]
                        start_delay_msec = 100
                        """
                            .formatted(
                                metrics,
                                debug,
                                node.dir("certs.d"),
                                SecretRegistry.HOST,
                                SecretRegistry.STORAGE))));
  }

  @AfterEach
  void end() throws IOException {
    if (node != null) {
      node.copyLogs(Path.of("target", "it-logs", "SecretsIT"));
      node.close();
    }
  }

  @Test
  void noSecretIsWrittenOrSaidAnywhere() throws Exception {
    pull();
    ask("explain", "explain", SecretRegistry.HOST + "/image:1");
    ask("explain of none", "explain", SecretRegistry.HOST + "/image:missing");
    ask("prewarm of none", "prewarm", SecretRegistry.HOST + "/image:missing");
    ask("prewarm", "prewarm", SecretRegistry.HOST + "/image:1");
    ask("status", "status");
    ask("status as JSON", "status", "--json");
    ask("status of the image", "status", SecretRegistry.HOST + "/image:1");
    http("metrics", "http://" + metrics + "/metrics");
    for (String page : List.of("", "threads", "heap", "flags", "vm")) {
      http("debug page " + page, "http://" + debug + "/debug/" + page);
    }
    record();
    thawd.stop();
    written.put("the log", thawd.log());
    files(thawd.root());

    assertThat(registry.used())
        .as("the secrets were needed")
        .containsExactlyInAnyOrder(SecretRegistry.Secret.values());
    assertThat(written.get("the log")).contains(SecretRegistry.HOST, "500");
    written.forEach(
        (where, text) ->
            SecretRegistry.forms()
                .forEach(
                    (what, secret) ->
                        assertThat(text.contains(secret)).as("%s in %s", what, where).isFalse()));
  }

  private void pull() throws IOException {
    String reference = SecretRegistry.HOST + "/image:1";
    try (SnapshotsClient snapshots = new SnapshotsClient(thawd.socket())) {
      assertThat(snapshots.prepareRemote("extract", "", LayerLabels.cri(reference, image, 0)))
          .isTrue();
    }
    for (Mounts.Entry mount : thawd.lazyMounts()) {
      try (Stream<Path> files = Files.walk(mount.mountpoint())) {
        for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
          Files.readAllBytes(file);
        }
      }
    }
    Await.until(LIMIT, "the layer to settle", () -> thawd.settledLayers() > 0);
  }

  private void ask(String what, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--daemon", thawd.socket().toString()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code = ThawMain.run("thaw", out, out, all.toArray(String[]::new));
    String text = out.toString(StandardCharsets.UTF_8);
    assertThat(code).as(text).isEqualTo(what.endsWith("of none") ? 1 : 0);
    written.put(what, text);
  }

  private byte[] http(String what, String uri) throws IOException, InterruptedException {
    return http(what, HttpRequest.newBuilder(URI.create(uri)).build());
  }

  private byte[] http(String what, HttpRequest request) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      byte[] body = client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
      written.put(what, new String(body, StandardCharsets.ISO_8859_1));
      return body;
    }
  }

  /// A recording holds what the JVM knows of its environment and arguments.
  private void record() throws IOException, InterruptedException {
    String base = "http://" + debug + "/debug/jfr/";
    http("start of a recording", post(base + "start?seconds=600&settings=profile"));
    pause();
    assertThat(http("a recording", post(base + "stop"))).startsWith('F', 'L', 'R');
  }

  private void pause() throws IOException {
    Await.pause(Duration.ofSeconds(1));
  }

  private static HttpRequest post(String uri) {
    return HttpRequest.newBuilder(URI.create(uri))
        .POST(HttpRequest.BodyPublishers.noBody())
        .build();
  }

  /// What the daemon has written. Layers' own files are what the image says, and mounts wait for
  /// the next daemon.
  private void files(Path root) throws IOException {
    Set<Path> mounts = new HashSet<>();
    thawd.lazyMounts().forEach(mount -> mounts.add(mount.mountpoint()));
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            return mounts.contains(dir) || dir.endsWith("tree")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile() && attributes.size() < MANY) {
              written.put(
                  file.toString(),
                  new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
