package io.thaw.config;

import java.util.List;

/// What is known of registries beforehand. Hosts are `host` (any port) or `host:port`.
///
/// @param plainHttpHosts hosts that are spoken to over plain HTTP
/// @param insecureHosts hosts whose TLS certificate is not checked
public record RegistryConfig(List<String> plainHttpHosts, List<String> insecureHosts) {
  public RegistryConfig {
    plainHttpHosts = List.copyOf(plainHttpHosts);
    insecureHosts = List.copyOf(insecureHosts);
  }
}
