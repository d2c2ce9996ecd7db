package io.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A registry in memory, without the referrers API: blobs by range, uploads in one request, mounts.
final class MemoryRegistry implements AutoCloseable {
  private static final Pattern PATH =
      Pattern.compile("/v2/(.+)/(blobs|manifests|referrers)/(uploads/)?([^/]*)");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

  final List<String> calls = new CopyOnWriteArrayList<>();
  final Set<String> logins = ConcurrentHashMap.newKeySet();

  /// By repository and digest, or repository and tag.
  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();

  final Map<String, Stored> manifests = new ConcurrentHashMap<>();
  volatile boolean requireLogin;
  private final HttpServer server;

  /// A manifest.
  static final class Stored {
    private final String mediaType;
    private final byte[] bytes;

    Stored(String mediaType, byte[] bytes) {
      this.mediaType = mediaType;
      this.bytes = bytes;
    }

    String mediaType() {
      return mediaType;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  MemoryRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      calls.add(exchange.getRequestMethod() + " " + path);
      byte[] body = exchange.getRequestBody().readAllBytes();
      if (!isAllowed(exchange)) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"test\"");
        answer(exchange, 401, null);
        return;
      }
      Matcher call = PATH.matcher(path);
      if (!call.matches() || call.group(2).equals("referrers")) {
        answer(exchange, path.equals("/v2/") ? 200 : 404, null);
      } else if (call.group(2).equals("manifests")) {
        manifest(exchange, call.group(1), call.group(4), body);
      } else if (call.group(3) != null) {
        upload(exchange, call.group(1), body);
      } else {
        blob(exchange, blobs.get(call.group(1) + "@" + call.group(4)));
      }
    }
  }

  private boolean isAllowed(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header != null && header.startsWith("Basic ")) {
      logins.add(new String(Base64.getDecoder().decode(header.substring(6)), UTF_8));
      return true;
    }
    return !requireLogin;
  }

  private void manifest(HttpExchange exchange, String repository, String name, byte[] body)
      throws IOException {
    if (exchange.getRequestMethod().equals("PUT")) {
      Stored stored = new Stored(exchange.getRequestHeaders().getFirst("Content-Type"), body);
      manifests.put(repository + ":" + name, stored);
      manifests.put(repository + ":" + Digest.sha256(body), stored);
      exchange.getResponseHeaders().set("Docker-Content-Digest", Digest.sha256(body).toString());
      answer(exchange, 201, null);
      return;
    }
    Stored stored = manifests.get(repository + ":" + name);
    if (stored == null) {
      answer(exchange, 404, null);
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", stored.mediaType());
    exchange
        .getResponseHeaders()
        .set("Docker-Content-Digest", Digest.sha256(stored.bytes()).toString());
    answer(exchange, 200, stored.bytes());
  }

  private void upload(HttpExchange exchange, String repository, byte[] body) throws IOException {
    Map<String, String> query = new HashMap<>();
    String raw = exchange.getRequestURI().getQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      query.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    byte[] mounted = blobs.get(query.get("from") + "@" + query.get("mount"));
    if (exchange.getRequestMethod().equals("POST") && mounted != null) {
      blobs.put(repository + "@" + query.get("mount"), mounted);
      answer(exchange, 201, null);
    } else if (exchange.getRequestMethod().equals("POST")) {
      exchange
          .getResponseHeaders()
          .set("Location", "http://" + host() + "/v2/" + repository + "/blobs/uploads/1");
      answer(exchange, 202, null);
    } else if (query.containsKey("digest")
        && Digest.sha256(body).toString().equals(query.get("digest"))) {
      blobs.put(repository + "@" + query.get("digest"), body);
      answer(exchange, 201, null);
    } else {
      answer(exchange, 400, null);
    }
  }

  private static void blob(HttpExchange exchange, byte @Nullable [] bytes) throws IOException {
    if (bytes == null) {
      answer(exchange, 404, null);
      return;
    }
    String wanted = exchange.getRequestHeaders().getFirst("Range");
    Matcher range = RANGE.matcher(wanted == null ? "" : wanted);
    if (!range.matches()) {
      answer(exchange, 200, bytes);
      return;
    }
    int start = Integer.parseInt(range.group(1));
    int end = Math.min(bytes.length, Integer.parseInt(range.group(2)) + 1);
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + start + "-" + (end - 1) + "/" + bytes.length);
    answer(exchange, 206, Arrays.copyOfRange(bytes, start, end));
  }

  private static void answer(HttpExchange exchange, int status, byte @Nullable [] body)
      throws IOException {
    if (body == null) {
      exchange.sendResponseHeaders(status, -1);
    } else if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
