package io.thaw.registry.hosts;

import java.util.List;

/// Who serves the content of one registry.
///
/// @param mirrors asked before the upstream, in this order
/// @param upstream asked last
public record HostRules(List<HostEntry> mirrors, HostEntry upstream) {
  public HostRules {
    mirrors = List.copyOf(mirrors);
  }

  /// The registry alone.
  public static HostRules upstreamOnly() {
    return new HostRules(List.of(), HostEntry.registry());
  }
}
