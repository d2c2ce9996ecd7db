package io.thaw.config;

import java.util.List;

/// What is known of registries beforehand. Hosts are `host` (any port) or `host:port`.
///
/// @param plainHttpHosts hosts that are spoken to over plain HTTP
/// @param insecureHosts hosts whose TLS certificate is not checked
/// @param hostsPath directories of `hosts.toml` files, separated by colons; empty for none
/// @param mirrors mirrors of registries; a file below `hostsPath` goes before them
/// @param logins logins and TLS files of hosts
public record RegistryConfig(
    List<String> plainHttpHosts,
    List<String> insecureHosts,
    String hostsPath,
    List<RegistryMirrors> mirrors,
    List<RegistryLogin> logins) {
  public RegistryConfig {
    plainHttpHosts = List.copyOf(plainHttpHosts);
    insecureHosts = List.copyOf(insecureHosts);
    mirrors = List.copyOf(mirrors);
    logins = List.copyOf(logins);
  }

  /// The mirrors of one registry, in order.
  ///
  /// @param registry as references name it; `*` for every registry without mirrors of its own
  public record RegistryMirrors(String registry, List<Mirror> mirrors) {
    public RegistryMirrors {
      mirrors = List.copyOf(mirrors);
    }
  }

  /// A host that stands in for a registry.
  ///
  /// @param address `host`, `host:port` or an address with `http://` or `https://`
  /// @param requestTimeoutMillis until an answer begins; 0 for the common timeout
  public record Mirror(String address, long requestTimeoutMillis) {}

  /// How one host is spoken to. Empty texts are for what is not said.
  ///
  /// @param skipVerify whether its certificate is not checked
  public record RegistryLogin(
      String host,
      String username,
      String password,
      String identityToken,
      String caFile,
      String certFile,
      String keyFile,
      boolean skipVerify) {
    @Override
    public String toString() {
      return "RegistryLogin[" + host + "]";
    }
  }
}
