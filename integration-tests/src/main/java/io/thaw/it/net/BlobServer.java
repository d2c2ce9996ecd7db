package io.thaw.it.net;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves the files of a registry's storage, whole and by range: the other host that a
/// redirecting registry sends its clients to.
final class BlobServer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  private final Path root;
  private final HttpServer server;
  private final AtomicLong withCredentials = new AtomicLong();

  private BlobServer(Path root, HttpServer server) {
    this.root = root;
    this.server = server;
  }

  static BlobServer start(Path root) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    BlobServer blobs = new BlobServer(root, server);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", blobs::serve);
    server.start();
    return blobs;
  }

  String baseUrl() {
    return "http://localhost:" + server.getAddress().getPort() + "/";
  }

  /// Requests that brought an Authorization header along, which a client must not send to a
  /// foreign host.
  long requestsWithCredentials() {
    return withCredentials.get();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (exchange.getRequestHeaders().containsKey("Authorization")) {
        withCredentials.incrementAndGet();
      }
      Path file = root.resolve(exchange.getRequestURI().getPath().substring(1)).normalize();
      if (!file.startsWith(root) || !Files.isRegularFile(file)) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      send(exchange, file);
    }
  }

  private static void send(HttpExchange exchange, Path file) throws IOException {
    long size = Files.size(file);
    long start = 0;
    long end = size;
    String header = exchange.getRequestHeaders().getFirst("Range");
    Matcher range = RANGE.matcher(header == null ? "" : header);
    boolean partial = range.matches();
    if (partial) {
      start = Long.parseLong(range.group(1));
      end = range.group(2).isEmpty() ? size : Math.min(size, Long.parseLong(range.group(2)) + 1);
      if (start >= end) {
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      exchange
          .getResponseHeaders()
          .add("Content-Range", "bytes " + start + "-" + (end - 1) + "/" + size);
    }
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(partial ? 206 : 200, head ? -1 : end - start);
    if (!head) {
      try (FileChannel channel = FileChannel.open(file);
          OutputStream body = exchange.getResponseBody()) {
        var out = Channels.newChannel(body);
        for (long at = start; at < end; ) {
          at += channel.transferTo(at, end - at, out);
        }
      }
    }
  }
}
