package io.thaw.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gets what a challenge asks for: the basic header, or a token from the token server.
///
/// An identity token is exchanged by OAuth2 POST; user name and password go by GET with a basic
/// header and, where the server has no GET (404, 405), by POST with the password grant; without
/// credentials an anonymous token is fetched.
final class TokenFetcher {

  private static final Logger log = LoggerFactory.getLogger(TokenFetcher.class);
  private static final int MAX_TOKEN_RESPONSE = 1 << 20;
  private static final String CLIENT_ID = "thaw";
  private static final int MAX_CREDENTIALS = 4;
  private static final String REFUSED = "refused all credentials that are known";

  /// Lifetime the token specification gives a token that names none.
  private static final long DEFAULT_LIFETIME_SECONDS = 60;

  private static final long MAX_LIFETIME_SECONDS = 86_400;
  private static final long MAX_MARGIN_SECONDS = 30;

  private final Transport transport;
  private final Hosts hosts;
  private final CredentialSource credentials;
  private final Environment environment;
  private final Failures failures;
  private final String userAgent;

  TokenFetcher(
      Transport transport,
      Hosts hosts,
      CredentialSource credentials,
      Environment environment,
      Failures failures,
      String userAgent) {
    this.transport = transport;
    this.hosts = hosts;
    this.credentials = credentials;
    this.environment = environment;
    this.failures = failures;
    this.userAgent = userAgent;
  }

  /// The challenge to answer: bearer before basic.
  static Challenge choose(Repository repository, List<Challenge> offered) throws IOException {
    for (String scheme : List.of("bearer", "basic")) {
      for (Challenge challenge : offered) {
        if (challenge.scheme().equals(scheme)) {
          return challenge;
        }
      }
    }
    throw new RegistryException(
        RegistryException.Kind.UNAUTHORIZED,
        repository.host(),
        401,
        repository
            + ": the registry wants authentication, but none of the kinds known here (bearer, basic): "
            + offered.stream().map(c -> Texts.quoted(c.scheme())).toList());
  }

  /// A header for the endpoint, with the first credentials that are not refused.
  ///
  /// @param refused credentials not to be used; those refused here are added
  Authorizer.Grant fetch(
      Endpoint endpoint,
      Repository repository,
      Challenge challenge,
      String scope,
      Set<Credentials> refused)
      throws IOException {
    Repository name = endpoint.credentialName(repository);
    RegistryException refusal = null;
    for (int tries = 1; ; tries++) {
      Credentials found = credentials.credentialsFor(name, refused).orElse(null);
      if (found == null && !refused.isEmpty()) {
        throw refusal != null ? refusal : unauthorized(endpoint, repository, REFUSED);
      }
      try {
        return fetch(endpoint, repository, challenge, scope, found);
      } catch (RegistryException e) {
        if (found == null || tries == MAX_CREDENTIALS || !refuses(e, found)) {
          throw e;
        }
        refused.add(found);
        refusal = e;
      }
    }
  }

  /// Whether the credentials themselves were refused. Token servers say so of a refresh token with
  /// 400 (RFC 6749, section 5.2).
  private static boolean refuses(RegistryException e, Credentials used) {
    return e.status() == 401
        || e.status() == 403
        || (e.status() == 400 && used instanceof Credentials.IdentityToken);
  }

  private Authorizer.Grant fetch(
      Endpoint host,
      Repository repository,
      Challenge challenge,
      String scope,
      @Nullable Credentials found)
      throws IOException {
    if (challenge.scheme().equals("basic")) {
      if (found instanceof Credentials.Basic basic) {
        return new Authorizer.Grant(basicHeader(basic), Instant.MAX, basic);
      }
      throw unauthorized(host, repository, "wants a user name and a password, and none are known");
    }
    Realm endpoint = realm(host, repository, challenge, scope);
    Instant asked = environment.clock().instant();
    JsonNode token =
        switch (found) {
          case Credentials.IdentityToken identity ->
              post(
                  endpoint,
                  Map.of("grant_type", "refresh_token", "refresh_token", identity.token()));
          case Credentials.Basic basic -> byPassword(endpoint, basic);
          case null -> read(endpoint, send(endpoint, "GET", getUri(endpoint), Map.of(), null));
        };
    return grant(endpoint, token, asked, found);
  }

  /// Where and for what a token is fetched.
  private record Realm(
      Endpoint host, Repository repository, URI realm, @Nullable String service, String scope) {}

  private Realm realm(Endpoint host, Repository repository, Challenge challenge, String scope)
      throws IOException {
    String realm = challenge.parameter("realm").orElse("");
    URI uri = RegistryHttp.resolve(host.api(repository, "/"), realm.isEmpty() ? "#" : realm);
    if (realm.isEmpty()) {
      throw Failures.malformed(
          repository.host(), repository + ": the registry's bearer challenge names no realm");
    }
    if (uri.getScheme().equalsIgnoreCase("http") && !hosts.plain(uri, host)) {
      throw new RegistryException(
          RegistryException.Kind.REFUSED,
          Texts.authority(uri),
          0,
          "token server "
              + Texts.shown(uri)
              + " of "
              + repository.host()
              + " is plain HTTP; list it as plain HTTP if that is what you want");
    }
    return new Realm(host, repository, uri, challenge.parameter("service").orElse(null), scope);
  }

  private JsonNode byPassword(Realm endpoint, Credentials.Basic basic) throws IOException {
    Transport.Response response =
        send(endpoint, "GET", getUri(endpoint), Map.of("Authorization", basicHeader(basic)), null);
    if (response.status() != 404 && response.status() != 405) {
      return read(endpoint, response);
    }
    Bodies.discard(response);
    log.debug("token server of {} has no GET, using POST", endpoint.repository().host());
    return post(
        endpoint,
        Map.of(
            "grant_type", "password",
            "username", basic.username(),
            "password", basic.password()));
  }

  private JsonNode post(Realm endpoint, Map<String, String> grant) throws IOException {
    Map<String, String> form = new LinkedHashMap<>(grant);
    String service = endpoint.service();
    if (service != null) {
      form.put("service", service);
    }
    form.put("client_id", CLIENT_ID);
    form.put("scope", endpoint.scope());
    byte[] body = encode(form).getBytes(StandardCharsets.US_ASCII);
    return read(
        endpoint,
        send(
            endpoint,
            "POST",
            endpoint.realm(),
            Map.of("Content-Type", "application/x-www-form-urlencoded"),
            new Transport.Content(body.length, () -> new ByteArrayInputStream(body))));
  }

  private static URI getUri(Realm endpoint) {
    Map<String, String> query = new LinkedHashMap<>();
    String service = endpoint.service();
    if (service != null) {
      query.put("service", service);
    }
    String scopes =
        Arrays.stream(endpoint.scope().split(" "))
            .map(scope -> encode(Map.of("scope", scope)))
            .collect(Collectors.joining("&"));
    String realm = endpoint.realm().toString();
    return URI.create(
        realm
            + (realm.indexOf('?') < 0 ? "?" : "&")
            + (query.isEmpty() ? "" : encode(query) + "&")
            + scopes);
  }

  private static String encode(Map<String, String> form) {
    return form.entrySet().stream()
        .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private Transport.Response send(
      Realm endpoint,
      String method,
      URI uri,
      Map<String, String> headers,
      Transport.@Nullable Content content)
      throws IOException {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put("User-Agent", userAgent);
    try {
      Transport.Response response =
          transport.send(
              new Transport.Request(method, uri, all, content, endpoint.host().connection()));
      log.debug(
          "token for {} from {}: {}",
          endpoint.repository(),
          Texts.authority(uri),
          response.status());
      return response;
    } catch (InterruptedException e) {
      throw Retrier.interrupted("waiting for a token", e);
    } catch (IOException e) {
      throw Failures.unreachable(uri, e);
    }
  }

  private JsonNode read(Realm endpoint, Transport.Response response) throws IOException {
    Answer answer = new Answer(response, endpoint.realm(), false);
    if (!answer.successful()) {
      throw failures.of(endpoint.repository(), "token", answer);
    }
    try (response) {
      byte[] body = response.body().readNBytes(MAX_TOKEN_RESPONSE + 1);
      if (body.length > MAX_TOKEN_RESPONSE) {
        throw malformed(endpoint, "sent a token longer than " + MAX_TOKEN_RESPONSE + " bytes");
      }
      return Json.parse(body);
    } catch (RegistryException e) {
      throw e;
    } catch (IOException e) {
      throw Failures.unreachable(endpoint.realm(), e);
    }
  }

  private Authorizer.Grant grant(
      Realm endpoint, JsonNode json, Instant asked, @Nullable Credentials used)
      throws RegistryException {
    String token = Failures.text(json, "token");
    if (token == null || token.isEmpty()) {
      token = Failures.text(json, "access_token");
    }
    if (token == null || token.isEmpty()) {
      throw malformed(endpoint, "sent no token");
    }
    if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw malformed(endpoint, "sent a token with characters that no header may hold");
    }
    long named = json.path("expires_in").asLong(0);
    long lifetime = named <= 0 ? DEFAULT_LIFETIME_SECONDS : Math.min(named, MAX_LIFETIME_SECONDS);
    // Counted from before the request, on our own clock: the server's may differ.
    long margin = Math.min(lifetime / 4, MAX_MARGIN_SECONDS);
    return new Authorizer.Grant(
        "Bearer " + token, asked.plus(Duration.ofSeconds(lifetime - margin)), used);
  }

  private static String basicHeader(Credentials.Basic basic) {
    byte[] pair = (basic.username() + ":" + basic.password()).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private static RegistryException unauthorized(Endpoint host, Repository repository, String why) {
    String name = host.mirror() ? "the mirror " + host.authority() : "the registry";
    return new RegistryException(
        RegistryException.Kind.UNAUTHORIZED,
        host.authority(),
        401,
        repository + ": " + name + " " + why + "; log in to " + host.login());
  }

  private static RegistryException malformed(Realm endpoint, String what) {
    return Failures.malformed(
        Texts.authority(endpoint.realm()),
        endpoint.repository() + ": token server " + Texts.shown(endpoint.realm()) + " " + what);
  }
}
