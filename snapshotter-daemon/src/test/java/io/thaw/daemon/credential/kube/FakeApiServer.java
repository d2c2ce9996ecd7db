package io.thaw.daemon.credential.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The part of Kubernetes' API that serves secrets: lists, and watches that stream what changed
/// after a version.
final class FakeApiServer implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> queries = new CopyOnWriteArrayList<>();
  private final Set<String> authorizations = ConcurrentHashMap.newKeySet();
  private final Map<String, ObjectNode> secrets = new LinkedHashMap<>();

  /// Every change, the first with version 1.
  private final List<ObjectNode> events = new ArrayList<>();

  private volatile int refusal;
  private int generation;
  private boolean closed;

  FakeApiServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext("/api/v1/secrets", this::serve);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  List<String> queries() {
    return List.copyOf(queries);
  }

  Set<String> authorizations() {
    return Set.copyOf(authorizations);
  }

  void refuse(int status) {
    refusal = status;
  }

  synchronized void put(String namespace, String name, String type, String content) {
    ObjectNode secret = JSON.createObjectNode();
    secret.put("apiVersion", "v1").put("kind", "Secret").put("type", type);
    secret
        .putObject("metadata")
        .put("namespace", namespace)
        .put("name", name)
        .put("uid", namespace + "-" + name);
    secret
        .putObject("data")
        .put(".dockerconfigjson", Base64.getEncoder().encodeToString(content.getBytes(UTF_8)));
    ObjectNode before = secrets.put(namespace + "/" + name, secret);
    add(before == null ? "ADDED" : "MODIFIED", secret);
  }

  synchronized void delete(String namespace, String name) {
    add("DELETED", secrets.remove(namespace + "/" + name));
  }

  /// Ends all watches under way, as API servers do now and then.
  synchronized void endWatches() {
    generation++;
    notifyAll();
  }

  private void add(String type, ObjectNode secret) {
    ((ObjectNode) secret.get("metadata")).put("resourceVersion", String.valueOf(events.size() + 1));
    ObjectNode event = JSON.createObjectNode().put("type", type);
    event.set("object", secret.deepCopy());
    events.add(event);
    notifyAll();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String query = String.valueOf(exchange.getRequestURI().getRawQuery());
      queries.add(query);
      authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      if (refusal != 0) {
        exchange.sendResponseHeaders(refusal, -1);
      } else if (query.contains("watch=true")) {
        watch(exchange, query);
      } else {
        byte[] list = list();
        exchange.sendResponseHeaders(200, list.length);
        exchange.getResponseBody().write(list);
      }
    }
  }

  private synchronized byte[] list() throws IOException {
    ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "SecretList");
    list.putObject("metadata").put("resourceVersion", String.valueOf(events.size()));
    ArrayNode items = list.putArray("items");
    secrets.values().forEach(items::add);
    return JSON.writeValueAsBytes(list);
  }

  private void watch(HttpExchange exchange, String query) throws IOException {
    String version = query.replaceAll(".*resourceVersion=([0-9]*).*", "$1");
    int next = version.matches("[0-9]+") ? Integer.parseInt(version) : 0;
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().flush();
    int mine = generation();
    for (List<ObjectNode> news = after(next, mine); news != null; news = after(next, mine)) {
      for (ObjectNode event : news) {
        exchange.getResponseBody().write((JSON.writeValueAsString(event) + "\n").getBytes(UTF_8));
      }
      exchange.getResponseBody().flush();
      next += news.size();
    }
  }

  private synchronized int generation() {
    return generation;
  }

  /// What happened after a version, waited for; null when the watch has to end.
  private synchronized List<ObjectNode> after(int version, int mine) {
    try {
      while (!closed && generation == mine && events.size() <= version) {
        wait();
      }
    } catch (InterruptedException e) {
      return null;
    }
    return closed || generation != mine
        ? null
        : List.copyOf(events.subList(version, events.size()));
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    server.stop(0);
    executor.shutdownNow();
  }
}
