package io.thaw.it.net;

import io.thaw.it.node.ChildProcess;
import io.thaw.it.node.Commands;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The distribution's `docker-registry` on a loopback port of its own, with its blobs as files
/// below a directory.
public final class LocalRegistry implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final String LOOPBACK = "127.0.0.1";
  private static final int FAR_PORT = 5000;
  private static final Map<String, String> NO_TRACES = Map.of("OTEL_TRACES_EXPORTER", "none");

  private final Path storage;
  private final String host;
  private final int port;
  private final ChildProcess process;
  private final @Nullable BlobServer blobs;

  private LocalRegistry(
      Path storage, String host, int port, ChildProcess process, @Nullable BlobServer blobs) {
    this.storage = storage;
    this.host = host;
    this.port = port;
    this.process = process;
    this.blobs = blobs;
  }

  /// Starts a registry below `dir`.
  public static LocalRegistry start(Path dir, Path log, RegistryAuth auth) throws IOException {
    return start(dir, log, auth, null, "", "");
  }

  /// Starts a second registry on the storage of another one, behind TLS: it has what that one has.
  ///
  /// @param tls its certificate, and the authority whose clients get in
  public static LocalRegistry startTls(Path dir, Path log, LocalRegistry other, TlsFiles tls)
      throws IOException {
    Files.createDirectories(dir);
    Files.createSymbolicLink(dir.resolve("data"), other.storage);
    String http =
        """
        tls:
          certificate: %s
          key: %s
          clientcas: [%s]
        """
            .formatted(tls.certificate(), tls.key(), tls.clientAuthority())
            .indent(2);
    return start(dir, log, new RegistryAuth.None(), null, "", http);
  }

  /// Starts a second registry on the storage of another one: it has what that one has.
  public static LocalRegistry startBeside(Path dir, Path log, LocalRegistry other)
      throws IOException {
    Files.createDirectories(dir);
    Files.createSymbolicLink(dir.resolve("data"), other.storage);
    return start(dir, log, new RegistryAuth.None());
  }

  /// Files for TLS in PEM form.
  public record TlsFiles(Path certificate, Path key, Path clientAuthority) {}

  /// Starts a registry that tells `url` of everything that happens in it, and shows it
  /// `authorization`.
  public static LocalRegistry startNotifying(Path dir, Path log, URI url, String authorization)
      throws IOException {
    String notifications =
        """
        notifications:
          endpoints:
            - name: thaw
              url: %s
              headers:
                Authorization: ["%s"]
              timeout: 10s
              threshold: 1
              backoff: 300ms
        """
            .formatted(url, authorization);
    return start(dir, log, new RegistryAuth.None(), null, notifications, "");
  }

  /// Starts a registry that answers a request for a blob with a redirect to another server.
  public static LocalRegistry startRedirecting(Path dir, Path log) throws IOException {
    BlobServer blobs = BlobServer.start(dir.resolve("data"));
    return start(dir, log, new RegistryAuth.None(), blobs, "", "");
  }

  /// Starts a registry at the far end of a link, on [NetLink#FAR_HOST]; every request it has
  /// answered is a line in its log, see [#answered]. This process cannot reach it.
  public static LocalRegistry startBehind(NetLink link, Path dir, Path log) throws IOException {
    Path storage = dir.resolve("data");
    if (!Files.isDirectory(storage)) {
      Files.createDirectories(storage);
    }
    Path config = log.resolveSibling("far-registry.yml");
    Files.writeString(config, config(storage, NetLink.FAR_HOST, FAR_PORT, "", null));
    List<String> command = new ArrayList<>(link.far().enter());
    command.addAll(List.of("docker-registry", "serve", config.toString()));
    ChildProcess process = ChildProcess.start("docker-registry", command, NO_TRACES, log);
    List<String> probe = new ArrayList<>(link.far().enter());
    String url = "http://" + NetLink.FAR_HOST + ":" + FAR_PORT + "/v2/";
    probe.addAll(List.of("curl", "--silent", "--fail", "--output", "/dev/null", url));
    process.awaitReady(START_LIMIT, () -> succeeds(probe));
    return new LocalRegistry(storage, NetLink.FAR_HOST, FAR_PORT, process, null);
  }

  private static boolean succeeds(List<String> command) {
    try {
      Commands.run(command, Map.of());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// How many requests a registry behind a link has answered so far.
  public long answered() throws IOException {
    try (Stream<String> lines = Files.lines(process.log(), StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> line.contains(" HTTP/1.1\" ")).count();
    }
  }

  private static LocalRegistry start(
      Path dir, Path log, RegistryAuth auth, @Nullable BlobServer blobs, String more, String http)
      throws IOException {
    Path storage = dir.resolve("data");
    if (!Files.isDirectory(storage)) {
      Files.createDirectories(storage);
    }
    int port = Ports.free();
    Path config = dir.resolve("config.yml");
    Files.writeString(
        config, config(storage, LOOPBACK, port, http + authSection(auth, dir) + more, blobs));
    ChildProcess process =
        ChildProcess.start(
            "docker-registry",
            List.of("docker-registry", "serve", config.toString()),
            NO_TRACES,
            log);
    process.awaitReady(START_LIMIT, () -> http.isEmpty() ? answers(port) : listens(port));
    return new LocalRegistry(storage, LOOPBACK, port, process, blobs);
  }

  public int port() {
    return port;
  }

  /// `host:port`; of a registry on loopback reached without any shaping.
  public String address() {
    return host + ":" + port;
  }

  /// Where its blobs are.
  public Path storage() {
    return storage;
  }

  /// The file that holds a blob; `hexDigest` is its SHA-256 without the algorithm.
  public Path blobFile(String hexDigest) {
    return storage.resolve(
        "docker/registry/v2/blobs/sha256/" + hexDigest.substring(0, 2) + "/" + hexDigest + "/data");
  }

  @Override
  public void close() throws IOException {
    if (blobs != null) {
      blobs.close();
    }
    process.close();
  }

  private static boolean answers(int port) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/v2/").toURL().openConnection();
      int status = connection.getResponseCode();
      connection.disconnect();
      return status == 200 || status == 401;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static String authSection(RegistryAuth auth, Path dir) throws IOException {
    return switch (auth) {
      case RegistryAuth.None none -> "";
      case RegistryAuth.Basic basic -> {
        Path passwords = dir.resolve("htpasswd");
        Commands.run("htpasswd", "-Bbc", passwords.toString(), basic.username(), basic.password());
        yield """
        auth:
          htpasswd:
            realm: thaw-it
            path: %s
        """
            .formatted(passwords);
      }
      case RegistryAuth.Token token ->
          """
          auth:
            token:
              realm: %s
              service: %s
              issuer: %s
              rootcertbundle: %s
          """
              .formatted(
                  token.server().realm(),
                  TokenServer.SERVICE,
                  TokenServer.ISSUER,
                  token.server().certificate());
    };
  }

  private static String config(
      Path storage, String host, int port, String auth, @Nullable BlobServer blobs) {
    boolean far = !host.equals(LOOPBACK);
    String middleware =
        blobs == null
            ? ""
            : """
            middleware:
              storage:
                - name: redirect
                  options:
                    baseurl: %s
            """
                .formatted(blobs.baseUrl());
    return """
    version: 0.1
    log:
      level: %s
      accesslog:
        disabled: %s
    storage:
      filesystem:
        rootdirectory: %s
        maxthreads: 100
      delete:
        enabled: true
    validation:
      manifests:
        urls:
          allow: ["^http://"]
    http:
      addr: %s:%d
      secret: thaw-it
      relativeurls: true
    %s%s\
    """
        .formatted(far ? "error" : "info", !far, storage, host, port, auth, middleware);
  }
}
