package io.thaw.config;

import java.util.List;

/// What is known of registries beforehand.
///
/// @param insecureHosts hosts (`host` or `host:port`) that may be spoken to over plain HTTP
/// @param configPath directory of `HOST/hosts.toml` files; empty for none
public record RegistryConfig(List<String> insecureHosts, String configPath) {
  public RegistryConfig {
    insecureHosts = List.copyOf(insecureHosts);
  }
}
