package io.thaw.config;

/// Where developers look into the running daemon.
///
/// @param address path of a unix socket, or `host:port` of this host alone; empty for no endpoint
public record DebugConfig(String address) {
  /// Whether an endpoint is to be served.
  public boolean serves() {
    return !address.isEmpty();
  }
}
