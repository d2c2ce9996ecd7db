package io.thaw.it.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `thaw builder run` as a child process, on this JVM's own Java and class path.
public final class BuilderProcess implements AutoCloseable {
  private static final String SECRET = "a-secret-of-the-tests";

  /// The header value that shows its secret, for a registry to be configured with.
  public static final String AUTHORIZATION = "Bearer " + SECRET;

  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MAIN_CLASS = "io.thaw.cli.ThawMain";

  private final Setup setup;
  private final ChildProcess process;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private BuilderProcess(Setup setup, ChildProcess process) {
    this.setup = setup;
    this.process = process;
  }

  /// Where a builder lives and how it is set up.
  ///
  /// @param dir holds its root and its configuration
  /// @param port of loopback
  /// @param log the file its log goes to; appended to when it is started again
  /// @param config further lines of TOML
  public record Setup(Path dir, int port, Path log, String config) {
    /// Where its page is.
    public URI page() {
      return URI.create("http://127.0.0.1:" + port + "/");
    }
  }

  /// Starts the builder and returns once it answers.
  public static BuilderProcess start(Setup setup) throws IOException {
    Path secret = setup.dir().resolve("secret");
    if (!Files.exists(secret)) {
      Files.createFile(
          secret,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(secret, SECRET);
    }
    Path config = setup.dir().resolve("builder.toml");
    Files.writeString(
        config,
        """
        root = "%s"
        listen = "127.0.0.1:%d"
        [auth]
        secret_file = "%s"
        %s
        """
            .formatted(setup.dir().resolve("root"), setup.port(), secret, setup.config()));
    ChildProcess process =
        ChildProcess.start(
            "thaw builder",
            command("run", "--config", config.toString()),
            Map.of("DOCKER_CONFIG", setup.dir().resolve("docker").toString()),
            setup.log());
    BuilderProcess started = new BuilderProcess(setup, process);
    try {
      process.awaitReady(START_LIMIT, started::healthy);
    } catch (IOException e) {
      started.close();
      throw e;
    }
    return started;
  }

  /// Runs one of the other commands of `thaw builder` with this builder's configuration.
  public String run(String name, String... arguments) throws IOException {
    List<String> command =
        command(name, "--config", setup.dir().resolve("builder.toml").toString());
    command.addAll(List.of(arguments));
    return Commands.run(command, Map.of());
  }

  /// What its API answers at `path`.
  public JsonNode get(String path) throws IOException {
    return JSON.readTree(send(request(path)).body());
  }

  /// Sends it a notification as a registry would, and returns the status of the answer.
  public int notify(String body) throws IOException {
    return send(request("notify")
            .header("Content-Type", "application/json")
            .header("Authorization", AUTHORIZATION)
            .POST(HttpRequest.BodyPublishers.ofString(body)))
        .statusCode();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(setup.page().resolve(path)).timeout(Duration.ofSeconds(30));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the builder was answering", e);
    }
  }

  private boolean healthy() {
    try {
      return send(request("healthz")).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /// Everything the builder has logged so far, in all its lives.
  public String log() throws IOException {
    return Files.readString(process.log());
  }

  /// Ends it as systemd does; the exit status is returned.
  public int stop() throws IOException {
    return process.stop(Duration.ofSeconds(60));
  }

  /// Ends it without warning.
  public void kill() throws IOException {
    process.kill();
  }

  @Override
  public void close() throws IOException {
    http.shutdownNow();
    process.close();
  }

  private static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            Thawd.classPath(),
            MAIN_CLASS,
            "builder"));
    command.addAll(List.of(arguments));
    return command;
  }
}
