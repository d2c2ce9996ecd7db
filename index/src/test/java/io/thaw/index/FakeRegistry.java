package io.thaw.index;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Digest;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// A registry in this process that remembers its calls. Its repository is `app`; blobs and
/// manifests of others are stored under `repository/digest`.
final class FakeRegistry implements AutoCloseable {
  private static final class Stored {
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

  final List<String> calls = new CopyOnWriteArrayList<>();
  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();

  /// Whether the referrers API is there.
  volatile boolean keepsReferrers;

  volatile boolean declinesReferrers;

  /// Answered instead of anything else, if not 0.
  volatile int failure;

  /// Answered to calls (`METHOD path`) that start like the key.
  final Map<String, Integer> refusals = new ConcurrentHashMap<>();

  /// Whether blobs are taken from other repositories, and else what the wish is answered with.
  volatile boolean mounts = true;

  volatile int mountRefusal = 202;

  final AtomicLong uploadedBytes = new AtomicLong();
  final AtomicInteger mounted = new AtomicInteger();

  /// Runs when a manifest has been asked for, before the answer is made.
  volatile Consumer<String> onManifestGet = name -> {};

  private final Map<String, Stored> manifests = new ConcurrentHashMap<>();
  private final Map<String, List<OciDescriptor>> referrers = new ConcurrentHashMap<>();
  private final AtomicInteger uploads = new AtomicInteger();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final RegistryClient client;

  FakeRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/v2/", this::answer);
    server.start();
    client =
        RegistryClient.create(
            RegistryConfig.defaults()
                .withRetry(
                    new RegistryConfig.Retry(
                        1, java.time.Duration.ofMillis(1), java.time.Duration.ofMillis(1))),
            CredentialSource.anonymous());
  }

  RegistryClient client() {
    return client;
  }

  Repository repository() {
    return repository("app");
  }

  Repository repository(String name) {
    return new Repository("127.0.0.1:" + server.getAddress().getPort(), name);
  }

  Digest put(String mediaType, byte[] manifest) {
    Digest digest = Digest.sha256(manifest);
    manifests.put(digest.toString(), new Stored(mediaType, manifest));
    return digest;
  }

  void putTag(String tag, String mediaType, byte[] manifest) {
    put(mediaType, manifest);
    manifests.put(tag, new Stored(mediaType, manifest));
  }

  Optional<byte[]> manifest(String tagOrDigest) {
    return Optional.ofNullable(manifests.get(tagOrDigest)).map(Stored::bytes);
  }

  /// Stores other bytes under a digest than it promises.
  void corrupt(Digest digest, byte[] bytes) {
    Stored stored = manifests.get(digest.toString());
    manifests.put(digest.toString(), new Stored(stored.mediaType(), bytes));
  }

  void forget(Digest digest) {
    manifests.remove(digest.toString());
  }

  void refer(Digest subject, OciDescriptor referrer) {
    referrers
        .computeIfAbsent(subject.toString(), key -> new CopyOnWriteArrayList<>())
        .add(referrer);
  }

  long count(String prefix) {
    return calls.stream().filter(call -> call.startsWith(prefix)).count();
  }

  @Override
  public void close() {
    client.close();
    server.stop(0);
    threads.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] body = exchange.getRequestBody().readAllBytes();
    String call = exchange.getRequestMethod() + " " + path;
    calls.add(call);
    try (exchange) {
      Optional<Integer> refusal =
          refusals.entrySet().stream()
              .filter(entry -> call.startsWith(entry.getKey()))
              .map(Map.Entry::getValue)
              .findFirst();
      String[] parts = path.split("/", 5);
      if (failure != 0) {
        reply(exchange, failure, "text/plain", new byte[0]);
      } else if (refusal.isPresent()) {
        reply(exchange, refusal.get(), "text/plain", new byte[0]);
      } else if (path.equals("/v2/")) {
        reply(exchange, 200, "application/json", new byte[] {'{', '}'});
      } else if (parts.length < 5) {
        reply(exchange, 404, "text/plain", null);
      } else {
        answer(exchange, parts[2], parts[3], parts[4], body);
      }
    }
  }

  private void answer(
      HttpExchange exchange, String repository, String kind, String name, byte[] body)
      throws IOException {
    switch (kind) {
      case "manifests" -> manifest(exchange, repository, name, body);
      case "referrers" -> listReferrers(exchange, name);
      case "blobs" -> {
        if (name.startsWith("uploads/")) {
          upload(exchange, repository, body);
        } else {
          byte[] blob = blobs.get(key(repository, name));
          reply(exchange, blob == null ? 404 : 200, "application/octet-stream", blob);
        }
      }
      default -> reply(exchange, 404, "text/plain", null);
    }
  }

  private static String key(String repository, String name) {
    return repository.equals("app") ? name : repository + "/" + name;
  }

  private void manifest(HttpExchange exchange, String repository, String name, byte[] body)
      throws IOException {
    if (exchange.getRequestMethod().equals("PUT")) {
      String mediaType = exchange.getRequestHeaders().getFirst("Content-Type");
      Digest digest = Digest.sha256(body);
      manifests.put(key(repository, digest.toString()), new Stored(mediaType, body));
      manifests.put(key(repository, name), new Stored(mediaType, body));
      exchange.getResponseHeaders().set("Docker-Content-Digest", digest.toString());
      exchange.getResponseHeaders().set("Location", "/v2/app/manifests/" + digest);
      linkSubject(exchange, body);
      reply(exchange, 201, "text/plain", null);
      return;
    }
    onManifestGet.accept(name);
    Stored stored = manifests.get(key(repository, name));
    if (stored != null) {
      exchange
          .getResponseHeaders()
          .set("Docker-Content-Digest", Digest.sha256(stored.bytes()).toString());
    }
    reply(
        exchange,
        stored == null ? 404 : 200,
        stored == null ? "text/plain" : stored.mediaType(),
        stored == null ? null : stored.bytes());
  }

  private void linkSubject(HttpExchange exchange, byte[] body) throws IOException {
    String type = OciReader.mediaTypeOf(body);
    if (!keepsReferrers || !type.contains("manifest.v1")) {
      return;
    }
    var manifest = OciReader.manifest(body);
    if (manifest.subject().isPresent()) {
      Digest subject = manifest.subject().get().digest();
      exchange.getResponseHeaders().set("OCI-Subject", subject.toString());
      refer(
          subject,
          OciDescriptor.of(type, Digest.sha256(body), body.length)
              .withArtifactType(manifest.config().mediaType()));
    }
  }

  private void listReferrers(HttpExchange exchange, String subject) throws IOException {
    if (!keepsReferrers) {
      reply(exchange, declinesReferrers ? 403 : 404, "text/plain", null);
      return;
    }
    ImageIndex index = ImageIndex.of(referrers.getOrDefault(subject, List.of()));
    reply(exchange, 200, index.mediaType(), OciWriter.write(index));
  }

  private void upload(HttpExchange exchange, String repository, byte[] body) throws IOException {
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    switch (exchange.getRequestMethod()) {
      case "POST" -> {
        exchange
            .getResponseHeaders()
            .set("Location", "/v2/" + repository + "/blobs/uploads/" + uploads.incrementAndGet());
        reply(exchange, query.startsWith("mount=") ? mount(repository, query) : 202, "", null);
      }
      case "PUT" -> {
        Digest promised = Digest.parse(query.substring(query.indexOf("digest=") + 7));
        boolean right = promised.equals(Digest.sha256(body));
        if (right) {
          blobs.put(key(repository, promised.toString()), body);
        }
        uploadedBytes.addAndGet(body.length);
        exchange.getResponseHeaders().set("Docker-Content-Digest", promised.toString());
        reply(exchange, right ? 201 : 400, "text/plain", null);
      }
      default -> reply(exchange, 405, "text/plain", null);
    }
  }

  private int mount(String repository, String query) {
    String digest = query.substring("mount=".length(), query.indexOf('&'));
    byte[] blob = blobs.get(key(query.substring(query.indexOf("from=") + 5), digest));
    if (!mounts || blob == null) {
      return mountRefusal;
    }
    blobs.put(key(repository, digest), blob);
    mounted.incrementAndGet();
    return 201;
  }

  private static void reply(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      if (body != null) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      }
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    boolean empty = body == null || body.length == 0;
    exchange.sendResponseHeaders(status, empty ? -1 : body.length);
    if (!empty) {
      exchange.getResponseBody().write(body);
    }
  }
}
