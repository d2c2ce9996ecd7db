package io.thaw.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.Layer;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;

/// A registry that has one image, in Docker's schema 1: what registries served before 2016, and no
/// registry of today takes any more.
final class SchemaOneRegistry implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";
  private static final String UNSIGNED = "application/vnd.docker.distribution.manifest.v1+json";

  private final ImageLayout image;
  private final byte[] manifest;
  private final HttpServer server;

  private SchemaOneRegistry(ImageLayout image, byte[] manifest, HttpServer server) {
    this.image = image;
    this.manifest = manifest;
    this.server = server;
  }

  static SchemaOneRegistry of(ImageLayout image) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    SchemaOneRegistry registry = new SchemaOneRegistry(image, manifest(image), server);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", registry::serve);
    server.start();
    return registry;
  }

  /// How the image is called here.
  String reference() {
    return "127.0.0.1:" + server.getAddress().getPort() + "/old:1";
  }

  /// Of the manifest without signature.
  Digest digest() {
    return Digest.sha256(manifest);
  }

  @Override
  public void close() {
    server.stop(0);
  }

  // The topmost layer comes first, and the image's configuration is in its history.
  private static byte[] manifest(ImageLayout image) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("schemaVersion", 1).put("name", "old").put("tag", "1").put("architecture", "amd64");
    ArrayNode layers = root.putArray("fsLayers");
    ArrayNode history = root.putArray("history");
    for (Layer layer : image.layers().reversed()) {
      layers.addObject().put("blobSum", layer.digest());
      ObjectNode version1 = JSON.createObjectNode();
      version1
          .put("id", layer.diffId().substring("sha256:".length()))
          .put("created", "2015-01-01T00:00:00Z")
          .put("architecture", "amd64")
          .put("os", "linux");
      history.addObject().put("v1Compatibility", JSON.writeValueAsString(version1));
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
  }

  // The signature's header says how to get the signed text back; nobody checks the rest.
  private byte[] signed() {
    String text = new String(manifest, StandardCharsets.UTF_8);
    int length = text.length() - 2;
    String header =
        "{\"formatLength\":%d,\"formatTail\":\"%s\",\"time\":\"2015-01-01T00:00:00Z\"}"
            .formatted(length, base64(text.substring(length)));
    return (text.substring(0, length)
            + ",\n  \"signatures\": [{\"header\":{\"alg\":\"ES256\"},\"signature\":\"none\",\"protected\":\""
            + base64(header)
            + "\"}]\n}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String name = path.substring(path.lastIndexOf('/') + 1);
      if (path.equals("/v2/")) {
        send(exchange, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
      } else if (path.startsWith("/v2/old/manifests/")) {
        boolean bare =
            exchange.getRequestHeaders().getOrDefault("Accept", List.of()).stream()
                .noneMatch(accepted -> accepted.contains(SIGNED) || accepted.contains("*/*"));
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest().toString());
        send(exchange, bare ? UNSIGNED : SIGNED, bare ? manifest : signed());
      } else if (path.startsWith("/v2/old/blobs/") && Files.exists(blob(name))) {
        send(exchange, "application/octet-stream", Files.readAllBytes(blob(name)));
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private Path blob(String digest) {
    return image.blobFile(digest);
  }

  private static void send(HttpExchange exchange, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
    }
    exchange.sendResponseHeaders(200, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }
}
