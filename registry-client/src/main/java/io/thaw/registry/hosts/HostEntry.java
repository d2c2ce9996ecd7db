package io.thaw.registry.hosts;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One host that serves a registry's content.
///
/// @param root root of its API, usually ending in `/v2`; null for the registry's own address
/// @param capabilities what it may be asked for
/// @param tls trust and client certificates for it
/// @param headers sent with every request to it; values may be secrets and are never shown
/// @param dialTimeout until a connection stands; null for the common one
/// @param responseTimeout until an answer's headers; null for the common one
public record HostEntry(
    @Nullable URI root,
    Set<Capability> capabilities,
    TlsFiles tls,
    Map<String, String> headers,
    @Nullable Duration dialTimeout,
    @Nullable Duration responseTimeout) {

  public HostEntry {
    capabilities = Set.copyOf(capabilities);
    headers = Map.copyOf(headers);
  }

  /// The registry itself, with nothing special about it.
  public static HostEntry registry() {
    return registry(TlsFiles.NONE);
  }

  /// The registry itself, with these TLS files.
  public static HostEntry registry(TlsFiles tls) {
    return new HostEntry(null, Set.of(Capability.values()), tls, Map.of(), null, null);
  }

  @Override
  public String toString() {
    return "HostEntry[" + root + ", " + capabilities + ", headers=" + headers.keySet() + "]";
  }
}
