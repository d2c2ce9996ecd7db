package io.thaw.cli.builder.work;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A registry in this process, for one repository named `app`, without referrers. Remembers its
/// calls.
final class SmallRegistry implements AutoCloseable {
  private static final String PREFIX = "/v2/app/";

  final List<String> calls = new CopyOnWriteArrayList<>();
  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
  private final Map<String, String> types = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  SmallRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  Digest put(String tag, String mediaType, byte[] manifest) {
    Digest digest = Digest.sha256(manifest);
    for (String name : List.of(tag, digest.toString())) {
      manifests.put(name, manifest);
      types.put(name, mediaType);
    }
    return digest;
  }

  long pushes() {
    return calls.stream().filter(call -> call.startsWith("PUT")).count();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String path = exchange.getRequestURI().getPath();
    calls.add(exchange.getRequestMethod() + " " + path);
    try (exchange) {
      String rest = path.startsWith(PREFIX) ? path.substring(PREFIX.length()) : "";
      String name = rest.substring(rest.indexOf('/') + 1);
      if (rest.startsWith("blobs/uploads")) {
        upload(exchange, body);
      } else if (rest.startsWith("blobs/")) {
        read(exchange, blobs.get(name), "application/octet-stream");
      } else if (!rest.startsWith("manifests/")) {
        exchange.sendResponseHeaders(404, -1);
      } else if (exchange.getRequestMethod().equals("PUT")) {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        Digest digest = put(name, type, body);
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest.toString());
        exchange.sendResponseHeaders(201, -1);
      } else {
        read(exchange, manifests.get(name), types.getOrDefault(name, ""));
      }
    }
  }

  private void upload(HttpExchange exchange, byte[] body) throws IOException {
    if (exchange.getRequestMethod().equals("POST")) {
      exchange.getResponseHeaders().set("Location", PREFIX + "blobs/uploads/1");
      exchange.sendResponseHeaders(202, -1);
    } else {
      blobs.put(Digest.sha256(body).toString(), body);
      exchange.sendResponseHeaders(201, -1);
    }
  }

  private static void read(HttpExchange exchange, byte[] content, String type) throws IOException {
    if (content == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Docker-Content-Digest", Digest.sha256(content).toString());
    String range = exchange.getRequestHeaders().getFirst("Range");
    byte[] part = content;
    if (range != null) {
      String[] ends = range.substring("bytes=".length()).split("-", 2);
      int start = Integer.parseInt(ends[0]);
      int end = Integer.parseInt(ends[1]) + 1;
      part = Arrays.copyOfRange(content, start, end);
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + start + "-" + (end - 1) + "/" + content.length);
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
      exchange.sendResponseHeaders(200, -1);
    } else {
      exchange.sendResponseHeaders(range == null ? 200 : 206, part.length);
      exchange.getResponseBody().write(part);
    }
  }
}
