package io.thaw.daemon.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// `GET /metrics` over plain HTTP.
public final class MetricsServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads;

  private MetricsServer(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /// Listens at `address`.
  ///
  /// @param address `host:port` or `:port`; port 0 takes a free one
  /// @throws IOException if the address is malformed or taken
  public static MetricsServer start(String address, DaemonMetrics metrics) throws IOException {
    HttpServer server;
    try {
      server = HttpServer.create(parse(address), 0);
    } catch (IOException e) {
      throw new IOException("metrics_address " + address + ": " + e.getMessage(), e);
    }
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext("/metrics", exchange -> answer(exchange, metrics));
    server.start();
    return new MetricsServer(server, threads);
  }

  private static InetSocketAddress parse(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      String host = address.substring(0, Math.max(colon, 0));
      return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    } catch (IllegalArgumentException e) {
      throw new IOException("expected host:port", e);
    }
  }

  private static void answer(HttpExchange exchange, DaemonMetrics metrics) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      byte[] body = metrics.scrape().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /// The port it listens on.
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
