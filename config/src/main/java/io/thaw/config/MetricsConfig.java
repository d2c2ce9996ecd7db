package io.thaw.config;

/// Where Prometheus finds the daemon.
///
/// @param address `host:port`; empty for no metrics endpoint
/// @param enabled false if `no_prometheus` is set
public record MetricsConfig(String address, boolean enabled) {
  /// Whether an endpoint is to be served.
  public boolean serves() {
    return enabled && !address.isEmpty();
  }
}
