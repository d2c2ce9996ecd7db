package io.thaw.daemon.main;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A registry over an image layout on disk; counts requests by what they ask for.
final class GoldenRegistry implements AutoCloseable {
  private static final Pattern PATH =
      Pattern.compile("/v2/golden/(manifests|blobs)/sha256:([0-9a-f]{64})");
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]+)");

  final Map<String, Integer> requests = new ConcurrentHashMap<>();
  private final Path blobs;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  GoldenRegistry(Path layout) throws IOException {
    this.blobs = layout.resolve("blobs/sha256");
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  String host() {
    return "localhost:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
      Path blob = path.matches() ? blobs.resolve(path.group(2)) : blobs.resolve("none");
      if (!Files.exists(blob)) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      requests.merge(path.group(1) + "/" + path.group(2), 1, Integer::sum);
      byte[] bytes = Files.readAllBytes(blob);
      int status = 200;
      String range = exchange.getRequestHeaders().getFirst("Range");
      Matcher wanted = RANGE.matcher(range == null ? "" : range);
      if (wanted.matches()) {
        int start = Integer.parseInt(wanted.group(1));
        int end = Math.min(bytes.length, Integer.parseInt(wanted.group(2)) + 1);
        exchange
            .getResponseHeaders()
            .set("Content-Range", "bytes " + start + "-" + (end - 1) + "/" + bytes.length);
        bytes = Arrays.copyOfRange(bytes, start, end);
        status = 206;
      }
      if (path.group(1).equals("manifests")) {
        exchange.getResponseHeaders().set("Content-Type", mediaType(bytes));
      }
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
      if (!head) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  private static String mediaType(byte[] manifest) throws IOException {
    return new com.fasterxml.jackson.databind.ObjectMapper()
        .readTree(manifest)
        .path("mediaType")
        .asText("application/vnd.oci.image.manifest.v1+json");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
