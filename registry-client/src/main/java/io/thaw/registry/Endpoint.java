package io.thaw.registry;

import io.thaw.registry.hosts.Capability;
import io.thaw.registry.hosts.HostEntry;
import io.thaw.registry.hosts.TlsFiles;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A host that is asked for a registry's content: the registry itself or a mirror of it.
///
/// @param root root of its API, without a slash at the end
/// @param login name of the host by which its credentials are known
/// @param namespace the registry it stands in for, which it is told as `ns`; empty for the registry
///     itself
/// @param headers sent to its origin only; values may be secrets
/// @param connection how it is spoken to
record Endpoint(
    URI root,
    String login,
    String namespace,
    Set<Capability> capabilities,
    Map<String, String> headers,
    Connection connection) {

  /// How a host, and where it redirects to, is spoken to.
  ///
  /// @param dialTimeout null for the common one
  /// @param responseTimeout null for the common one
  record Connection(
      TlsFiles tls, @Nullable Duration dialTimeout, @Nullable Duration responseTimeout) {
    static final Connection COMMON = new Connection(TlsFiles.NONE, null, null);
  }

  static Endpoint of(HostEntry entry, URI root, String login, String namespace) {
    return new Endpoint(
        root,
        login,
        namespace,
        entry.capabilities(),
        entry.headers(),
        new Connection(entry.tls(), entry.dialTimeout(), entry.responseTimeout()));
  }

  boolean mirror() {
    return !namespace.isEmpty();
  }

  boolean may(Capability capability) {
    return capabilities.contains(capability)
        || (capability == Capability.REFERRERS && capabilities.contains(Capability.RESOLVE));
  }

  /// Address of something in the repository.
  ///
  /// @param rest what follows the repository's path, starting with a slash, already encoded
  URI api(Repository repository, String rest) {
    String address = root + "/" + repository.path() + rest;
    return URI.create(
        mirror()
            ? address
                + (rest.indexOf('?') < 0 ? "?" : "&")
                + "ns="
                + URLEncoder.encode(namespace, StandardCharsets.UTF_8)
            : address);
  }

  /// The repository by the name under which credentials for this host are known.
  Repository credentialName(Repository repository) {
    return login.equals(repository.host()) ? repository : new Repository(login, repository.path());
  }

  /// `host` or `host:port`.
  String authority() {
    return Texts.authority(root);
  }

  @Override
  public String toString() {
    return "Endpoint[" + Texts.shown(root) + (mirror() ? " for " + namespace + "]" : "]");
  }
}
