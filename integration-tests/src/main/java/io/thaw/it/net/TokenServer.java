package io.thaw.it.net;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thaw.it.node.Commands;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// The token server of a registry with bearer authentication: trades one user's name and password
/// for a short-lived JWT, by GET with basic authentication and by OAuth2 POST.
public final class TokenServer implements AutoCloseable {
  static final String SERVICE = "thaw-it-registry";
  static final String ISSUER = "thaw-it";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final HttpServer server;
  private final PrivateKey key;
  private final Path certificate;
  private final String certificateBody;
  private final String username;
  private final String password;
  private final Duration lifetime;
  private final AtomicLong granted = new AtomicLong();

  private TokenServer(HttpServer server, Path dir, String username, String password, Duration life)
      throws IOException {
    this.server = server;
    this.username = username;
    this.password = password;
    this.lifetime = life;
    this.certificate = dir.resolve("token.crt");
    Path keyFile = dir.resolve("token.key");
    Commands.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + ISSUER,
        "-keyout",
        keyFile.toString(),
        "-out",
        certificate.toString());
    this.certificateBody = pemBody(Files.readString(certificate));
    this.key = privateKey(pemBody(Files.readString(keyFile)));
  }

  /// Starts a server for one user; its key and certificate are made in `dir`.
  public static TokenServer start(Path dir, String username, String password, Duration lifetime)
      throws IOException {
    Files.createDirectories(dir);
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    TokenServer tokens = new TokenServer(http, dir, username, password, lifetime);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext("/token", tokens::answer);
    http.start();
    return tokens;
  }

  /// The URL a registry names in its challenge.
  public String realm() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
  }

  /// Tokens given out so far.
  public long granted() {
    return granted.get();
  }

  Path certificate() {
    return certificate;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Map<String, List<String>> form =
          exchange.getRequestMethod().equals("POST")
              ? parameters(
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
              : parameters(String.valueOf(exchange.getRequestURI().getRawQuery()));
      if (!known(exchange, form)) {
        exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"thaw-it\"");
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      String token = token(form.getOrDefault("scope", List.of()));
      granted.incrementAndGet();
      byte[] body =
          JSON.writeValueAsBytes(
              Map.of("token", token, "access_token", token, "expires_in", lifetime.toSeconds()));
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private boolean known(HttpExchange exchange, Map<String, List<String>> form) {
    if (form.containsKey("password")) {
      return List.of(username).equals(form.get("username"))
          && List.of(password).equals(form.get("password"));
    }
    String expected =
        Base64.getEncoder()
            .encodeToString((username + ":" + password).getBytes(StandardCharsets.UTF_8));
    return ("Basic " + expected).equals(exchange.getRequestHeaders().getFirst("Authorization"));
  }

  private String token(List<String> scopes) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("typ", "JWT");
    header.put("alg", "RS256");
    header.put("x5c", List.of(certificateBody));
    long now = Instant.now().getEpochSecond();
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", ISSUER);
    claims.put("sub", username);
    claims.put("aud", SERVICE);
    claims.put("exp", now + lifetime.toSeconds());
    claims.put("nbf", now - 5);
    claims.put("iat", now);
    claims.put("jti", Long.toString(granted.get()));
    claims.put("access", access(scopes));
    String signed = encode(header) + "." + encode(claims);
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key);
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + BASE64.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException("Could not sign a token", e);
    }
  }

  // A scope is `repository:NAME:ACTION,ACTION`; several are given apart or with blanks between
  // them.
  private static List<Map<String, Object>> access(List<String> scopes) {
    List<Map<String, Object>> access = new ArrayList<>();
    for (String scope : String.join(" ", scopes).split(" ", -1)) {
      int first = scope.indexOf(':');
      int last = scope.lastIndexOf(':');
      if (first > 0 && last > first) {
        access.add(
            Map.of(
                "type", scope.substring(0, first),
                "name", scope.substring(first + 1, last),
                "actions", List.of(scope.substring(last + 1).split(",", -1))));
      }
    }
    return access;
  }

  private static String encode(Map<String, Object> json) throws IOException {
    return BASE64.encodeToString(JSON.writeValueAsBytes(json));
  }

  private static Map<String, List<String>> parameters(String encoded) {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    for (String pair : encoded.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters
            .computeIfAbsent(pair.substring(0, equals), k -> new ArrayList<>())
            .add(URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return parameters;
  }

  private static String pemBody(String pem) {
    return pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
  }

  private static PrivateKey privateKey(String base64) throws IOException {
    try {
      return KeyFactory.getInstance("RSA")
          .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    } catch (GeneralSecurityException e) {
      throw new IOException("Could not read the key that openssl made", e);
    }
  }
}
