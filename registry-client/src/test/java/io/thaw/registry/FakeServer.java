package io.thaw.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// An HTTP server on a port of its own that remembers every request.
final class FakeServer implements AutoCloseable {

  private final HttpServer server;
  private final List<Seen> requests = new CopyOnWriteArrayList<>();

  private final Set<Integer> clientPorts = ConcurrentHashMap.newKeySet();

  /// A request as it arrived.
  record Seen(
      String method,
      String path,
      String query,
      String authorization,
      String range,
      String body,
      Map<String, List<String>> headers) {

    Map<String, String> form() {
      return parameters(body);
    }

    static Map<String, String> parameters(String encoded) {
      Map<String, String> all = new HashMap<>();
      for (String pair : encoded.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          all.merge(
              pair.substring(0, equals),
              URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8),
              (a, b) -> a + " " + b);
        }
      }
      return all;
    }
  }

  interface Handler {
    void handle(Seen seen, HttpExchange exchange) throws IOException;
  }

  FakeServer(Handler handler) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            clientPorts.add(exchange.getRemoteAddress().getPort());
            Seen seen = see(exchange);
            requests.add(seen);
            handler.handle(seen, exchange);
          }
        });
    server.start();
  }

  private static Seen see(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String query = exchange.getRequestURI().getRawQuery();
    return new Seen(
        exchange.getRequestMethod(),
        exchange.getRequestURI().getPath(),
        query == null ? "" : query,
        exchange.getRequestHeaders().getFirst("Authorization"),
        exchange.getRequestHeaders().getFirst("Range"),
        new String(body, StandardCharsets.ISO_8859_1),
        Map.copyOf(exchange.getRequestHeaders()));
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  String url() {
    return "http://" + host();
  }

  /// How many connections there have been.
  int connections() {
    return clientPorts.size();
  }

  List<Seen> requests() {
    return List.copyOf(requests);
  }

  List<Seen> requests(String method, String pathPart) {
    return requests.stream()
        .filter(seen -> seen.method().equals(method) && seen.path().contains(pathPart))
        .toList();
  }

  static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    boolean none = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, none ? -1 : body.length);
    if (!none) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
