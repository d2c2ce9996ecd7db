package io.thaw.registry.hosts;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Proxies by the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or their lower-case forms,
/// by the rules of Go's programs, so that a unit's environment means the same here as for
/// containerd. Loopback addresses are never reached through a proxy.
public final class ProxyRules {

  private static final int DEFAULT_PORT = 80;
  private static final ProxyRules NONE = new ProxyRules(null, null, ProxyBypass.of(""));

  private final @Nullable Proxy http;
  private final @Nullable Proxy https;
  private final ProxyBypass bypass;

  private ProxyRules(@Nullable Proxy http, @Nullable Proxy https, ProxyBypass bypass) {
    this.http = http;
    this.https = https;
    this.bypass = bypass;
  }

  /// An HTTP proxy.
  ///
  /// @param authorization value of `Proxy-Authorization`, or null; a secret
  public record Proxy(String host, int port, @Nullable String authorization) {
    @Override
    public String toString() {
      return "Proxy[" + host + ":" + port + (authorization == null ? "]" : ", with a login]");
    }
  }

  /// No proxy for anything.
  public static ProxyRules none() {
    return NONE;
  }

  /// The rules of a process' environment.
  ///
  /// @throws IllegalArgumentException if a variable names no HTTP proxy; the message names the
  ///     variable and shows no login
  public static ProxyRules of(Map<String, String> environment) {
    Proxy http = proxy(environment, "HTTP_PROXY");
    Proxy https = proxy(environment, "HTTPS_PROXY");
    if (http == null && https == null) {
      return NONE;
    }
    return new ProxyRules(http, https, ProxyBypass.of(value(environment, "NO_PROXY")));
  }

  /// The proxy through which an address is reached, or empty for none.
  public Optional<Proxy> proxyFor(URI uri) {
    boolean tls = "https".equalsIgnoreCase(uri.getScheme());
    Proxy proxy = tls ? https : http;
    if (proxy == null || uri.getHost() == null) {
      return Optional.empty();
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
    return bypass.covers(uri.getHost(), port) ? Optional.empty() : Optional.of(proxy);
  }

  private static String value(Map<String, String> environment, String name) {
    String upper = environment.getOrDefault(name, "");
    return upper.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : upper;
  }

  @SuppressWarnings("UnusedException") // the cause would quote the login
  private static @Nullable Proxy proxy(Map<String, String> environment, String name) {
    String text = value(environment, name).strip();
    if (text.isEmpty()) {
      return null;
    }
    URI uri;
    try {
      uri = URI.create(text.contains("://") ? text : "http://" + text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " is no address such as http://proxy:3128");
    }
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      throw new IllegalArgumentException(
          name + " names a proxy of the kind " + uri.getScheme() + "; only http:// is supported");
    }
    if (uri.getHost() == null) {
      throw new IllegalArgumentException(name + " names no host");
    }
    int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    return new Proxy(uri.getHost(), port, authorization(uri.getUserInfo()));
  }

  private static @Nullable String authorization(@Nullable String login) {
    if (login == null || login.isEmpty()) {
      return null;
    }
    String pair = login.indexOf(':') < 0 ? login + ":" : login;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "ProxyRules[http=" + http + ", https=" + https + "]";
  }
}
