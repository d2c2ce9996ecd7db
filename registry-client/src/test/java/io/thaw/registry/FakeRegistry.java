package io.thaw.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A registry, its storage and its token server, each on its own port, with faults on demand.
final class FakeRegistry implements AutoCloseable {

  enum Auth {
    NONE,
    BASIC,
    BEARER
  }

  /// What goes wrong with the next body of a blob.
  enum BodyFault {
    NONE,
    CUT_SHORT,
    STALL
  }

  static final class Stored {
    private final String mediaType;
    private final byte[] bytes;

    private Stored(String mediaType, byte[] bytes) {
      this.mediaType = mediaType;
      this.bytes = bytes;
    }

    String mediaType() {
      return mediaType;
    }

    byte[] bytes() {
      return bytes;
    }

    static Stored of(String mediaType, byte[] bytes) {
      return new Stored(mediaType, bytes);
    }
  }

  static final String USER = "ada";
  static final String PASSWORD = "pa55-secret-word";
  static final String REFRESH = "refresh-secret-token";

  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final Map<String, Stored> manifests = new ConcurrentHashMap<>();
  final Map<String, Stored> referrerPages = new ConcurrentHashMap<>();
  final Queue<Integer> failNext = new ConcurrentLinkedQueue<>();
  final Queue<BodyFault> bodyFaults = new ConcurrentLinkedQueue<>();
  final Queue<Integer> failStorage = new ConcurrentLinkedQueue<>();
  final AtomicInteger tokensIssued = new AtomicInteger();
  final CountDownLatch release = new CountDownLatch(1);

  /// The password that is right now.
  volatile String password = PASSWORD;

  /// How a wrong login is answered.
  volatile int refusal = 401;

  /// Answered to everything, if not 0.
  volatile int down;

  volatile Auth auth = Auth.NONE;
  volatile int redirectStatus;
  volatile String redirectTo = "";
  volatile boolean ignoreRanges;
  volatile boolean referrersApi;
  volatile boolean tokenGetMissing;
  volatile int tokenLifetime = 300;
  volatile String retryAfter = "";
  volatile String validToken = "";
  final AtomicInteger generation = new AtomicInteger();
  volatile boolean mountAllowed;

  /// Answered to a wish to mount, if not 0.
  volatile int mountRefusal;
  volatile String contentRange = "";

  final FakeServer server;
  final FakeServer storage;
  final FakeServer tokens;

  FakeRegistry() throws IOException {
    server = new FakeServer(this::api);
    storage = new FakeServer(this::store);
    tokens = new FakeServer(this::token);
  }

  Repository repository() {
    return new Repository(server.host(), "team/app");
  }

  Digest addBlob(byte[] bytes) {
    Digest digest = Digest.sha256(bytes);
    blobs.put(digest.toString(), bytes);
    return digest;
  }

  Digest addManifest(String tag, String mediaType, byte[] bytes) {
    Digest digest = Digest.sha256(bytes);
    manifests.put(tag, Stored.of(mediaType, bytes));
    manifests.put(digest.toString(), Stored.of(mediaType, bytes));
    return digest;
  }

  /// Links handed out before no longer work.
  void expireLinks() {
    generation.incrementAndGet();
  }

  private void api(FakeServer.Seen seen, HttpExchange exchange) throws IOException {
    Integer failure = down != 0 ? Integer.valueOf(down) : failNext.poll();
    if (failure != null) {
      if (!retryAfter.isEmpty()) {
        exchange.getResponseHeaders().set("Retry-After", retryAfter);
      }
      fail(exchange, failure, "INTERNAL");
      return;
    }
    if (!authorized(seen, exchange)) {
      return;
    }
    String path = seen.path();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (path.contains("/uploads")) {
      upload(seen, exchange);
    } else if (path.contains("/manifests/")) {
      manifest(seen, exchange, name);
    } else if (path.contains("/referrers/")) {
      referrers(seen, exchange);
    } else if (seen.method().equals("HEAD")) {
      headBlob(exchange, name);
    } else if (redirectStatus != 0) {
      String to = redirectTo.isEmpty() ? storage.url() + "/" + name : redirectTo;
      exchange
          .getResponseHeaders()
          .set("Location", to + "?X-Signature=signed-secret&generation=" + generation.get());
      FakeServer.answer(exchange, redirectStatus, new byte[0]);
    } else {
      blob(seen, exchange, name);
    }
  }

  private boolean authorized(FakeServer.Seen seen, HttpExchange exchange) throws IOException {
    String expected =
        switch (auth) {
          case NONE -> seen.authorization();
          case BASIC -> basic(password);
          case BEARER -> "Bearer " + validToken;
        };
    if (auth == Auth.NONE || expected.equals(seen.authorization())) {
      return true;
    }
    var headers = exchange.getResponseHeaders();
    if (auth == Auth.BASIC) {
      headers.add("WWW-Authenticate", "Basic realm=\"Registry, private\"");
    } else {
      headers.add(
          "WWW-Authenticate",
          "Negotiate, Bearer realm=\""
              + tokens.url()
              + "/token\",service=\"the \\\"registry\\\"\"");
    }
    // Some registries repeat what they were sent.
    fail(
        exchange,
        seen.authorization() == null ? 401 : refusal,
        "UNAUTHORIZED " + seen.authorization());
    return false;
  }

  static String basic() {
    return basic(PASSWORD);
  }

  static String basic(String password) {
    return "Basic " + Base64.getEncoder().encodeToString((USER + ":" + password).getBytes(UTF_8));
  }

  private void token(FakeServer.Seen seen, HttpExchange exchange) throws IOException {
    boolean get = seen.method().equals("GET");
    if (get && tokenGetMissing) {
      fail(exchange, 405, "UNSUPPORTED");
      return;
    }
    if (get && seen.authorization() != null && !seen.authorization().equals(basic(password))) {
      fail(exchange, 401, "UNAUTHORIZED");
      return;
    }
    if (!get && !postAccepted(seen)) {
      fail(exchange, 401, "UNAUTHORIZED");
      return;
    }
    validToken = "token-secret-" + tokensIssued.incrementAndGet();
    String field = get ? "token" : "access_token";
    String json = "{\"" + field + "\":\"" + validToken + "\",\"expires_in\":" + tokenLifetime + "}";
    FakeServer.answer(exchange, 200, json.getBytes(UTF_8));
  }

  private boolean postAccepted(FakeServer.Seen seen) {
    Map<String, String> form = seen.form();
    return switch (form.getOrDefault("grant_type", "")) {
      case "refresh_token" -> REFRESH.equals(form.get("refresh_token"));
      case "password" -> USER.equals(form.get("username")) && password.equals(form.get("password"));
      default -> false;
    };
  }

  private void store(FakeServer.Seen seen, HttpExchange exchange) throws IOException {
    Integer failure = failStorage.poll();
    if (failure != null) {
      fail(exchange, failure, "AccessDenied");
      return;
    }
    if (!seen.query().endsWith("generation=" + generation.get())) {
      fail(exchange, 403, "ExpiredToken");
      return;
    }
    blob(seen, exchange, seen.path().substring(1));
  }

  private void headBlob(HttpExchange exchange, String digest) throws IOException {
    byte[] bytes = blobs.get(digest);
    if (bytes != null) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
    }
    exchange.sendResponseHeaders(bytes == null ? 404 : 200, -1);
  }

  private void blob(FakeServer.Seen seen, HttpExchange exchange, String digest) throws IOException {
    byte[] bytes = blobs.get(digest);
    if (bytes == null) {
      fail(exchange, 404, "BLOB_UNKNOWN");
      return;
    }
    if (seen.range() == null || ignoreRanges) {
      send(exchange, 200, bytes);
      return;
    }
    String[] bounds = seen.range().substring("bytes=".length()).split("-", 2);
    int start = Integer.parseInt(bounds[0]);
    int end = bounds[1].isEmpty() ? bytes.length : Integer.parseInt(bounds[1]) + 1;
    if (start >= bytes.length) {
      exchange.getResponseHeaders().set("Content-Range", "bytes */" + bytes.length);
      fail(exchange, 416, "RANGE_INVALID");
      return;
    }
    end = Math.min(end, bytes.length);
    String range = "bytes " + start + "-" + (end - 1) + "/" + bytes.length;
    exchange
        .getResponseHeaders()
        .set("Content-Range", contentRange.isEmpty() ? range : contentRange);
    send(exchange, 206, Arrays.copyOfRange(bytes, start, end));
  }

  private void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    BodyFault fault = bodyFaults.poll();
    if (fault == null || fault == BodyFault.NONE) {
      FakeServer.answer(exchange, status, bytes);
      return;
    }
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
    exchange.getResponseBody().flush();
    if (fault == BodyFault.STALL) {
      try {
        release.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  private void manifest(FakeServer.Seen seen, HttpExchange exchange, String name)
      throws IOException {
    if (seen.method().equals("PUT")) {
      byte[] bytes = seen.body().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
      addManifest(name, exchange.getRequestHeaders().getFirst("Content-Type"), bytes);
      exchange.getResponseHeaders().set("OCI-Subject", Digest.sha256(new byte[0]).toString());
      FakeServer.answer(exchange, 201, new byte[0]);
      return;
    }
    Stored stored = manifests.get(name);
    if (stored == null) {
      fail(exchange, 404, "MANIFEST_UNKNOWN");
      return;
    }
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", stored.mediaType());
    if (!name.contains("nodigest")) {
      headers.set("Docker-Content-Digest", Digest.sha256(stored.bytes()).toString());
      if (seen.method().equals("HEAD")) {
        headers.set("Content-Length", String.valueOf(stored.bytes().length));
      }
    }
    FakeServer.answer(exchange, 200, stored.bytes());
  }

  private void referrers(FakeServer.Seen seen, HttpExchange exchange) throws IOException {
    String page = FakeServer.Seen.parameters(seen.query()).getOrDefault("page", "1");
    Stored stored = referrerPages.get(page);
    if (!referrersApi || stored == null) {
      fail(exchange, 404, "NOT_FOUND");
      return;
    }
    String next = String.valueOf(Integer.parseInt(page) + 1);
    if (referrerPages.containsKey(next)) {
      exchange.getResponseHeaders().set("Link", "<?page=" + next + ">; rel=\"next\"");
    }
    exchange.getResponseHeaders().set("Content-Type", stored.mediaType());
    FakeServer.answer(exchange, 200, stored.bytes());
  }

  private void upload(FakeServer.Seen seen, HttpExchange exchange) throws IOException {
    Map<String, String> query = FakeServer.Seen.parameters(seen.query());
    if (seen.method().equals("POST") && mountRefusal != 0 && query.containsKey("mount")) {
      fail(exchange, mountRefusal, "DENIED");
      return;
    }
    if (seen.method().equals("POST")) {
      boolean mounted = mountAllowed && query.containsKey("mount");
      exchange.getResponseHeaders().set("Location", seen.path() + "id?_state=x");
      FakeServer.answer(exchange, mounted ? 201 : 202, new byte[0]);
      return;
    }
    byte[] bytes = seen.body().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    boolean right = Digest.sha256(bytes).toString().equals(query.get("digest"));
    if (right) {
      addBlob(bytes);
    }
    FakeServer.answer(exchange, right ? 201 : 400, new byte[0]);
  }

  private static void fail(HttpExchange exchange, int status, String code) throws IOException {
    String json = "{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"no\"}]}";
    FakeServer.answer(exchange, status, json.getBytes(UTF_8));
  }

  @Override
  public void close() {
    release.countDown();
    server.close();
    storage.close();
    tokens.close();
  }

  /// Recorded waits instead of sleeping.
  static final class Waits implements Environment.Sleeper {
    final Queue<java.time.Duration> waits = new ConcurrentLinkedQueue<>(new ArrayDeque<>());

    @Override
    public void sleep(java.time.Duration duration) {
      waits.add(duration);
    }
  }
}
