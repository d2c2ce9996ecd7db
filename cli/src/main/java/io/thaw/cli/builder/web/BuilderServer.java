package io.thaw.cli.builder.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thaw.config.ListenAddress;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listening socket, and what every answer has in common.
///
/// A request runs on a virtual thread; so many at once, and whoever comes beyond that is told to
/// come again. The JDK's server bounds connections, headers, and the time a request may take to
/// arrive and its answer to leave; those bounds are properties of the process, read when the first
/// server starts.
public final class BuilderServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BuilderServer.class);
  private static final int MAX_REQUESTS = 64;
  private static final int BACKLOG = 128;
  private static final String CSP =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final HttpServer server;
  private final ExecutorService threads;
  private final Routes routes;
  private final Semaphore requests = new Semaphore(MAX_REQUESTS);

  private BuilderServer(HttpServer server, ExecutorService threads, Routes routes) {
    this.server = server;
    this.threads = threads;
    this.routes = routes;
  }

  /// Whether an address can be reached from this machine only.
  ///
  /// @throws IOException if the host has no address
  public static boolean isLoopback(ListenAddress listen) throws IOException {
    for (InetAddress address : InetAddress.getAllByName(listen.host())) {
      if (!address.isLoopbackAddress()) {
        return false;
      }
    }
    return true;
  }

  /// Starts to listen.
  ///
  /// @throws IOException if the address is taken or not this machine's
  static BuilderServer start(ListenAddress listen, Routes routes) throws IOException {
    limit("jdk.httpserver.maxConnections", 512);
    limit("sun.net.httpserver.maxReqTime", 30);
    limit("sun.net.httpserver.maxRspTime", 60);
    limit("sun.net.httpserver.maxReqHeaders", 100);
    limit("sun.net.httpserver.maxReqHeaderSize", 64 << 10);
    HttpServer server;
    try {
      server =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getByName(listen.host()), listen.port()), BACKLOG);
    } catch (IOException e) {
      throw new IOException("listen " + listen + ": " + e.getMessage(), e);
    }
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    BuilderServer started = new BuilderServer(server, threads, routes);
    server.createContext("/", started::serve);
    server.start();
    return started;
  }

  private static void limit(String property, int value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, String.valueOf(value));
    }
  }

  /// The port it listens on.
  public int port() {
    return server.getAddress().getPort();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!requests.tryAcquire()) {
        send(exchange, Reply.error(429, "too many requests at once").with("Retry-After", "1"));
        return;
      }
      try {
        send(exchange, routes.answer(request(exchange)));
      } finally {
        requests.release();
      }
    }
  }

  private static Request request(HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    String query = exchange.getRequestURI().getRawQuery();
    String path = exchange.getRequestURI().getPath();
    return new Request(
        exchange.getRequestMethod(),
        path == null ? "/" : path,
        query == null ? "" : query,
        header(headers, "Content-Type"),
        length(header(headers, "Content-Length")),
        new Access.Credentials(
            header(headers, "Authorization"),
            header(headers, "X-Thaw-Signature"),
            header(headers, "Host")),
        exchange.getRequestBody());
  }

  private static String header(Headers headers, String name) {
    String value = headers.getFirst(name);
    return value == null ? "" : value;
  }

  private static Optional<Long> length(String header) {
    return header.matches("[0-9]{1,18}") ? Optional.of(Long.valueOf(header)) : Optional.empty();
  }

  private static void send(HttpExchange exchange, Reply reply) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", reply.contentType());
    headers.set("Content-Security-Policy", CSP);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cache-Control", "no-store");
    reply.headers().forEach(headers::set);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(reply.status(), head ? -1 : reply.body().length);
    if (!head) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(reply.body());
      }
    }
    log.debug(
        "{} {} {}",
        exchange.getRequestMethod(),
        exchange.getRequestURI().getPath(),
        reply.status());
  }

  /// Stops listening; requests under way have a second to end.
  @Override
  public void close() {
    server.stop(1);
    threads.shutdownNow();
  }
}
