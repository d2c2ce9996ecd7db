package io.thaw.daemon.layer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A registry's host that answers every request for a blob with ranges of the same bytes.
final class BlobHost implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");

  final AtomicInteger requests = new AtomicInteger();
  private final byte[] bytes;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  BlobHost(byte[] bytes) throws IOException {
    this.bytes = bytes;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /// `host:port`.
  String authority() {
    return "localhost:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    try (exchange) {
      String asked = exchange.getRequestHeaders().getFirst("Range");
      Matcher range = RANGE.matcher(asked == null ? "" : asked);
      byte[] body = bytes;
      if (range.matches()) {
        int start = Integer.parseInt(range.group(1));
        int end = range.group(2).isEmpty() ? bytes.length : Integer.parseInt(range.group(2)) + 1;
        body = Arrays.copyOfRange(bytes, start, end);
        String part = "bytes %d-%d/%d".formatted(start, end - 1, bytes.length);
        exchange.getResponseHeaders().set("Content-Range", part);
      }
      exchange.sendResponseHeaders(range.matches() ? 206 : 200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
