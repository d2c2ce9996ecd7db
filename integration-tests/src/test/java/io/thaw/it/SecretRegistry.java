package io.thaw.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A proxy with a login, behind it a registry with a token server, and a storage with signed links:
/// every secret that a pull may need. Without the right one nothing is served; the storage fails at
/// first, and quotes in its errors what it was asked.
final class SecretRegistry implements AutoCloseable {
  static final String HOST = "registry.secrets.test";
  static final String STORAGE = "storage.secrets.test";
  static final String USER = "ada";

  /// Every secret, by what it is.
  enum Secret {
    PASSWORD("pw-4f0c1d77aa"),
    TOKEN("tok-90be21c3d5"),
    SIGNATURE("sig-77e0a2b4c6"),
    PROXY_PASSWORD("prx-13579bdf02"),
    HEADER("hdr-2468ace013");

    private final String text;

    Secret(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");
  private static final int FIRST_FAILURES = 2;

  private final Path blobs;
  private final String manifest;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Integer> storageRequests = new ConcurrentHashMap<>();
  private final Set<Secret> used = ConcurrentHashMap.newKeySet();

  /// @param layout an image layout, whose image is had by any tag but `missing`
  SecretRegistry(Path layout) throws IOException {
    this.blobs = layout.resolve("blobs/sha256");
    JsonNode index = new ObjectMapper().readTree(layout.resolve("index.json").toFile());
    this.manifest = index.path("manifests").path(0).path("digest").asText();
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /// What `HTTP_PROXY` is set to.
  String proxy() {
    return "http://proxyuser:%s@127.0.0.1:%d"
        .formatted(Secret.PROXY_PASSWORD.text(), server.getAddress().getPort());
  }

  /// The secrets that were shown where they belong.
  Set<Secret> used() {
    return Set.copyOf(used);
  }

  static String basic(String user, Secret password) {
    return Base64.getEncoder()
        .encodeToString((user + ":" + password.text()).getBytes(StandardCharsets.UTF_8));
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Headers headers = exchange.getRequestHeaders();
      URI uri = exchange.getRequestURI();
      String proxyLogin = "Basic " + basic("proxyuser", Secret.PROXY_PASSWORD);
      if (!proxyLogin.equals(headers.getFirst("Proxy-Authorization"))) {
        exchange.getResponseHeaders().set("Proxy-Authenticate", "Basic realm=\"proxy\"");
        send(exchange, 407, "proxy login needed");
        return;
      }
      used.add(Secret.PROXY_PASSWORD);
      if (STORAGE.equals(uri.getHost())) {
        storage(exchange, uri);
      } else if (uri.getPath().equals("/token")) {
        token(exchange, headers);
      } else {
        registry(exchange, uri.getPath(), headers);
      }
    }
  }

  private void token(HttpExchange exchange, Headers headers) throws IOException {
    if (!("Basic " + basic(USER, Secret.PASSWORD)).equals(headers.getFirst("Authorization"))) {
      send(exchange, 401, "wrong login");
      return;
    }
    used.add(Secret.PASSWORD);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    send(exchange, 200, "{\"token\":\"" + Secret.TOKEN.text() + "\",\"expires_in\":300}");
  }

  private void registry(HttpExchange exchange, String path, Headers headers) throws IOException {
    if (Secret.HEADER.text().equals(headers.getFirst("X-Api-Key"))) {
      used.add(Secret.HEADER);
    }
    if (!("Bearer " + Secret.TOKEN.text()).equals(headers.getFirst("Authorization"))) {
      exchange
          .getResponseHeaders()
          .set(
              "WWW-Authenticate",
              "Bearer realm=\"http://"
                  + HOST
                  + "/token\",service=\"s\",scope=\"repository:image:pull\"");
      send(exchange, 401, "{}");
      return;
    }
    used.add(Secret.TOKEN);
    String name = path.substring(path.lastIndexOf('/') + 1);
    String hex = (name.startsWith("sha256:") ? name : manifest).substring("sha256:".length());
    if (name.equals("missing") || !Files.exists(blobs.resolve(hex))) {
      send(exchange, 404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}");
    } else if (path.contains("/manifests/")) {
      byte[] bytes = Files.readAllBytes(blobs.resolve(hex));
      String type = new ObjectMapper().readTree(bytes).path("mediaType").asText();
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:" + hex);
      send(exchange, 200, bytes);
    } else {
      exchange
          .getResponseHeaders()
          .set(
              "Location",
              "http://" + STORAGE + "/" + hex + "?X-Amz-Signature=" + Secret.SIGNATURE.text());
      send(exchange, 307, "");
    }
  }

  private void storage(HttpExchange exchange, URI uri) throws IOException {
    if (!("X-Amz-Signature=" + Secret.SIGNATURE.text()).equals(uri.getRawQuery())) {
      send(exchange, 403, "not signed");
      return;
    }
    used.add(Secret.SIGNATURE);
    int request = storageRequests.merge(uri.getPath(), 1, Integer::sum);
    if (request <= FIRST_FAILURES) {
      send(exchange, List.of(500, 403).get(request % 2), "cannot serve " + uri);
      return;
    }
    byte[] bytes = Files.readAllBytes(blobs.resolve(uri.getPath().substring(1)));
    String asked = exchange.getRequestHeaders().getFirst("Range");
    Matcher range = RANGE.matcher(asked == null ? "" : asked);
    if (!range.matches()) {
      send(exchange, 200, bytes);
      return;
    }
    int start = Integer.parseInt(range.group(1));
    int end =
        range.group(2).isEmpty()
            ? bytes.length
            : Math.min(bytes.length, Integer.parseInt(range.group(2)) + 1);
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes %d-%d/%d".formatted(start, end - 1, bytes.length));
    send(exchange, 206, Arrays.copyOfRange(bytes, start, end));
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    send(exchange, status, body.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
    }
    exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  /// All secrets, as they are and as they stand in headers.
  static Map<String, String> forms() {
    Map<String, String> forms = new java.util.TreeMap<>();
    for (Secret secret : Secret.values()) {
      forms.put(secret.name(), secret.text());
    }
    forms.put("the login's header", basic(USER, Secret.PASSWORD));
    forms.put("the proxy's header", basic("proxyuser", Secret.PROXY_PASSWORD));
    return forms;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
