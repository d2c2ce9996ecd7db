package io.thaw.registry;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One try of an API request: authenticated, redirects followed. Repeating it is the [Retrier]'s
/// business.
///
/// The `Authorization` header goes to the origin (scheme, host, port) that was asked and to no
/// other.
final class RegistryHttp {

  private static final Logger log = LoggerFactory.getLogger(RegistryHttp.class);

  /// How often a request is sent with different credentials; sources rarely have more.
  private static final int MAX_LOGINS = 4;

  private final RegistryConfig config;
  private final Hosts hosts;
  private final Transport transport;
  private final Authorizer authorizer;
  private final Failures failures;

  RegistryHttp(
      RegistryConfig config,
      Hosts hosts,
      Transport transport,
      Authorizer authorizer,
      Failures failures) {
    this.config = config;
    this.hosts = hosts;
    this.transport = transport;
    this.authorizer = authorizer;
    this.failures = failures;
  }

  /// Sends the request once, and again with a fresh token or other credentials where the registry
  /// wants them, a few times at most.
  ///
  /// @return any answer that does not tell of a passing failure; the caller judges its status and
  ///     closes it
  /// @throws RegistryException when there is no answer, or one that tells of a passing failure
  Answer send(ApiRequest request) throws IOException {
    Authorizer.Asker asker = authorizer.asker(request);
    String authorization = asker.current();
    Answer answer = follow(request, authorization);
    for (int tries = 1; tries < MAX_LOGINS && refused(answer); tries++) {
      String fresh = renewed(asker, answer, authorization);
      if (fresh == null) {
        break;
      }
      Bodies.discard(answer.response());
      authorization = fresh;
      answer = follow(request, fresh);
    }
    asker.judged(authorization, !refused(answer));
    return unlessTransient(request, answer);
  }

  /// What to try after a refusal; the answer stays open unless this fails.
  private static @Nullable String renewed(
      Authorizer.Asker asker, Answer answer, @Nullable String authorization) throws IOException {
    try {
      return asker.renew(
          answer.status(),
          authorization,
          answer.response().headers().allValues("www-authenticate"));
    } catch (IOException | RuntimeException e) {
      Bodies.discard(answer.response());
      throw e;
    }
  }

  /// Whether the registry itself would not have us; its storage has no say in it.
  private static boolean refused(Answer answer) {
    return (answer.status() == 401 || answer.status() == 403) && !answer.foreign();
  }

  /// Sends a request to an address outside the registry's API, such as a storage link, without
  /// authentication.
  Answer sendDirect(ApiRequest request) throws IOException {
    Answer answer = follow(request, null);
    return unlessTransient(request, new Answer(answer.response(), answer.servedFrom(), true));
  }

  /// The exception for an answer of this request; closes the answer.
  RegistryException failure(ApiRequest request, Answer answer) {
    return failures.of(request.repository(), request.what(), answer);
  }

  private Answer unlessTransient(ApiRequest request, Answer answer) throws RegistryException {
    if (Failures.transientStatus(answer.status())) {
      throw failure(request, answer);
    }
    return answer;
  }

  private Answer follow(ApiRequest request, @Nullable String authorization) throws IOException {
    URI uri = request.uri();
    String method = request.method();
    for (int hops = 0; ; hops++) {
      boolean home = Hosts.sameOrigin(uri, request.uri());
      Transport.Response response =
          exchange(
              request,
              new Transport.Request(
                  method,
                  uri,
                  headers(request, uri, home ? authorization : null),
                  method.equals(request.method()) ? request.content() : null,
                  request.endpoint().connection()));
      if (!redirects(response)) {
        return new Answer(response, uri, !home);
      }
      if (response.status() == 303 && !method.equals("HEAD")) {
        method = "GET";
      }
      uri = target(request, uri, response, hops);
    }
  }

  private Map<String, String> headers(ApiRequest request, URI uri, @Nullable String authorization) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (Hosts.sameOrigin(uri, request.endpoint().root())) {
      headers.putAll(request.endpoint().headers());
    }
    headers.putAll(request.headers());
    headers.putIfAbsent("User-Agent", config.userAgent());
    if (authorization != null) {
      headers.put("Authorization", authorization);
    }
    return headers;
  }

  private Transport.Response exchange(ApiRequest asked, Transport.Request request)
      throws IOException {
    requireAllowed(asked, request.uri());
    try {
      Transport.Response response = transport.send(request);
      log.debug("{} → {}", request, response.status());
      return response;
    } catch (InterruptedException e) {
      throw Retrier.interrupted("waiting for " + Texts.authority(request.uri()), e);
    } catch (IOException e) {
      throw Failures.unreachable(request.uri(), e);
    }
  }

  private static boolean redirects(Transport.Response response) {
    return switch (response.status()) {
      case 301, 302, 303, 307, 308 -> response.header("location").isPresent();
      default -> false;
    };
  }

  /// Where the redirect leads. Closes the redirecting response.
  private URI target(ApiRequest request, URI from, Transport.Response response, int hops)
      throws IOException {
    String location = response.header("location").orElse("");
    Bodies.discard(response);
    String host = Texts.authority(from);
    if (hops >= config.limits().maxRedirects()) {
      throw Failures.malformed(
          host,
          request.repository()
              + ": "
              + request.what()
              + ": more than "
              + config.limits().maxRedirects()
              + " redirects, the last one from "
              + Texts.shown(from));
    }
    URI target = resolve(from, location);
    requireNoDowngrade(from, target);
    return target;
  }

  /// Resolves a `Location` against the address that sent it.
  @SuppressWarnings("UnusedException") // the cause would quote a link that may carry a signature
  static URI resolve(URI from, String location) throws RegistryException {
    try {
      URI target = from.resolve(location);
      String scheme = String.valueOf(target.getScheme());
      if ((scheme.equalsIgnoreCase("https") || scheme.equalsIgnoreCase("http"))
          && target.getHost() != null
          && target.getRawUserInfo() == null) {
        return target;
      }
    } catch (IllegalArgumentException e) {
      // Falls through: the reason would quote the link.
    }
    throw Failures.malformed(
        Texts.authority(from), Texts.shown(from) + " answered with an unusable Location");
  }

  /// Refuses to leave TLS, unless the operator has listed the target as plain.
  void requireNoDowngrade(URI from, URI target) throws RegistryException {
    if (from.getScheme().equalsIgnoreCase("https")
        && !target.getScheme().equalsIgnoreCase("https")
        && !hosts.declaredPlain(target)) {
      throw refused(target, " (redirected there from https)");
    }
  }

  private void requireAllowed(ApiRequest request, URI uri) throws RegistryException {
    if (!uri.getScheme().equalsIgnoreCase("https") && !hosts.plain(uri, request.endpoint())) {
      throw refused(uri, "");
    }
  }

  private static RegistryException refused(URI uri, String why) {
    String host = Texts.authority(uri);
    return new RegistryException(
        RegistryException.Kind.REFUSED,
        host,
        0,
        "plain HTTP to "
            + host
            + why
            + " is not allowed; list the host as plain HTTP if that is what you want");
  }
}
