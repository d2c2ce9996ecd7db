package io.thaw.config;

/// Where credentials come from, besides docker's `config.json`. Empty texts are for what is not
/// said.
///
/// @param cri the kubelet's credentials, overheard while it pulls
/// @param kubeconfig the cluster's image pull secrets
/// @param plugins the kubelet's credential provider plugins
public record CredentialConfig(Cri cri, Kubeconfig kubeconfig, Plugins plugins) {

  /// Credentials of the kubelet's own pulls.
  ///
  /// @param imageService unix socket of the CRI image service that pulls are passed on to
  /// @param persist whether credentials are kept on disk, sealed
  public record Cri(boolean enabled, String imageService, boolean persist) {}

  /// Credentials in the cluster's secrets.
  ///
  /// @param path kubeconfig file; empty for the usual places
  public record Kubeconfig(boolean enabled, String path) {}

  /// Programs that the kubelet asks for credentials.
  ///
  /// @param configPath the kubelet's `--image-credential-provider-config`; empty for no plugins
  /// @param binDir the kubelet's `--image-credential-provider-bin-dir`
  public record Plugins(String configPath, String binDir) {
    public boolean enabled() {
      return !configPath.isEmpty();
    }
  }
}
