package io.thaw.registry;

import io.thaw.registry.hosts.Capability;
import io.thaw.registry.hosts.HostEntry;
import io.thaw.registry.hosts.HostRules;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Where a registry's content is had, and which hosts may be spoken to without TLS or without
/// checking it.
final class Hosts {

  private static final String DOCKER_HUB = "docker.io";
  private static final String DOCKER_HUB_API = "registry-1.docker.io";

  private final RegistryConfig config;

  Hosts(RegistryConfig config) {
    this.config = config;
  }

  /// The hosts that may be asked for this, in order: mirrors, then the upstream.
  ///
  /// @throws RegistryException if there is none
  List<Endpoint> endpoints(Repository repository, Capability capability) throws RegistryException {
    String registry = repository.host();
    HostRules rules = config.hosts().rulesFor(registry).orElseGet(HostRules::upstreamOnly);
    List<Endpoint> endpoints = new ArrayList<>();
    for (HostEntry mirror : rules.mirrors()) {
      add(endpoints, endpoint(mirror, registry), capability);
    }
    add(endpoints, endpoint(rules.upstream(), registry), capability);
    if (endpoints.isEmpty()) {
      throw new RegistryException(
          RegistryException.Kind.REFUSED,
          registry,
          0,
          "no host of "
              + registry
              + " has the capability \""
              + capability.name().toLowerCase(Locale.ROOT)
              + "\"; add it to one in the registry's hosts.toml");
    }
    return endpoints;
  }

  private static void add(List<Endpoint> endpoints, Endpoint endpoint, Capability capability) {
    if (endpoint.may(capability)
        && endpoints.stream().noneMatch(other -> other.root().equals(endpoint.root()))) {
      endpoints.add(endpoint);
    }
  }

  private Endpoint endpoint(HostEntry entry, String registry) {
    URI root = entry.root();
    if (root == null) {
      return Endpoint.of(entry, ownRoot(registry, entry.tls().present()), registry, "");
    }
    String authority = Texts.authority(root);
    boolean own = authority.equals(registry) || authority.equals(ownAuthority(registry));
    return Endpoint.of(entry, root, own ? registry : authority, own ? "" : registry);
  }

  private static String ownAuthority(String registry) {
    return registry.equals(DOCKER_HUB) ? DOCKER_HUB_API : registry;
  }

  private URI ownRoot(String registry, boolean tlsMeant) {
    String authority = ownAuthority(registry);
    URI https = URI.create("https://" + authority + "/v2");
    return plain(https) && !(tlsMeant && !declaredPlain(https))
        ? URI.create("http://" + authority + "/v2")
        : https;
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

  /// Whether a request to this endpoint may go to the address over plain HTTP: as [#plain], or the
  /// operator has written the endpoint's address with `http://`.
  boolean plain(URI uri, Endpoint endpoint) {
    return plain(uri) || sameOrigin(uri, endpoint.root());
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
