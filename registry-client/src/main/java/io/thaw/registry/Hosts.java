package io.thaw.registry;

import java.net.URI;
import java.util.Locale;
import java.util.Set;

/// Where a registry is reached and which hosts may be spoken to without TLS or without checking
/// it.
final class Hosts {

  private final RegistryConfig config;

  Hosts(RegistryConfig config) {
    this.config = config;
  }

  /// Address of something below the repository's API root.
  ///
  /// @param rest what follows the repository's path, starting with a slash, already encoded
  URI api(Repository repository, String rest) {
    String host =
        repository.host().equals("docker.io") ? "registry-1.docker.io" : repository.host();
    URI root = URI.create("https://" + host);
    String scheme = plain(root) ? "http" : "https";
    return URI.create(scheme + "://" + host + "/v2/" + repository.path() + rest);
  }

  /// Whether TLS certificates of the address' host go unchecked.
  boolean insecure(URI uri) {
    return listed(config.insecureHosts(), uri);
  }

  /// Whether the host may be spoken to over plain HTTP: listed as plain, or local and not listed
  /// as TLS without verification.
  boolean plain(URI uri) {
    return declaredPlain(uri) || (local(uri) && !insecure(uri));
  }

  /// Whether the operator listed the host as plain.
  boolean declaredPlain(URI uri) {
    return listed(config.plainHttpHosts(), uri);
  }

  private static boolean listed(Set<String> names, URI uri) {
    return !names.isEmpty()
        && (names.contains(Texts.authority(uri))
            || (uri.getHost() != null && names.contains(uri.getHost())));
  }

  /// Loopback by name: `localhost`, `127.0.0.0/8` or `::1`. Names are not resolved, because what
  /// they resolve to is not ours to trust.
  static boolean local(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.matches("127(\\.[0-9]{1,3}){3}");
  }

  /// Whether two addresses share scheme, host and port.
  static boolean sameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost() != null
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().equalsIgnoreCase("http") ? 80 : 443;
  }
}
