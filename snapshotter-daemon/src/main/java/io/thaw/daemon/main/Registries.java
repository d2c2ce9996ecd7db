package io.thaw.daemon.main;

import io.grpc.HandlerRegistry;
import io.thaw.config.Config;
import io.thaw.config.CredentialConfig;
import io.thaw.daemon.credential.CredentialSources;
import io.thaw.daemon.credential.CredentialSources.Named;
import io.thaw.daemon.credential.DaemonCredentials;
import io.thaw.daemon.credential.HostLogins;
import io.thaw.daemon.credential.cri.CredentialFile;
import io.thaw.daemon.credential.cri.ImageServiceProxy;
import io.thaw.daemon.credential.cri.PullCredentials;
import io.thaw.daemon.credential.kube.PullSecrets;
import io.thaw.daemon.credential.plugin.ProviderPlugins;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The daemon's ways to registries: two clients that share credentials and what is known of hosts.
///
/// @param layers for ranges of layers
/// @param indexes for manifests, indexes and zTOCs
/// @param imageService passes CRI's image service on; null if the kubelet's credentials are not
///     wanted
/// @param credentials where the logins of both come from
record Registries(
    RegistryClient layers,
    RegistryClient indexes,
    @Nullable HandlerRegistry imageService,
    CredentialSources credentials) {

  private static final String SEALED = "credentials";

  /// Opens all of them; `closers` ends them.
  static Registries open(Config config, Map<String, String> environment, Path root, Closers closers)
      throws IOException {
    RegistryConfig network = Settings.network(config, environment);
    List<Named> sources = new ArrayList<>();
    ImageServiceProxy proxy = overheard(config.credentials().cri(), root, sources, closers);
    HostLogins own = new HostLogins(RegistryHosts.logins(config.registry()));
    if (!own.logins().isEmpty()) {
      sources.add(new Named("registry.configs in the configuration", own));
    }
    sources.addAll(DaemonCredentials.of(environment));
    CredentialConfig.Plugins plugins = config.credentials().plugins();
    if (plugins.enabled()) {
      sources.add(
          new Named(
              "the kubelet's credential plugins of " + plugins.configPath(),
              ProviderPlugins.open(Path.of(plugins.configPath()), Path.of(plugins.binDir()))));
    }
    CredentialConfig.Kubeconfig kubeconfig = config.credentials().kubeconfig();
    if (kubeconfig.enabled()) {
      sources.add(
          new Named(
              "the cluster's pull secrets (kubeconfig_keychain)",
              closers.add("pull secrets", PullSecrets.watch(kubeconfig.path()))));
    }
    CredentialSources credentials = new CredentialSources(sources);
    return new Registries(
        closers.add(
            "registry client for layers",
            RegistryClient.create(Settings.blobs(config, network), credentials)),
        closers.add(
            "registry client for indexes",
            RegistryClient.create(Settings.registry(config, network), credentials)),
        proxy,
        credentials);
  }

  private static @Nullable ImageServiceProxy overheard(
      CredentialConfig.Cri cri, Path root, List<Named> sources, Closers closers)
      throws IOException {
    Path sealed = root.resolve(SEALED);
    if (!cri.enabled() || !cri.persist()) {
      CredentialFile.remove(sealed);
    }
    if (!cri.enabled()) {
      return null;
    }
    PullCredentials pulls =
        cri.persist()
            ? PullCredentials.keptIn(CredentialFile.open(sealed))
            : PullCredentials.inMemory();
    sources.add(new Named("an earlier pull of the kubelet's (cri_keychain)", pulls));
    return closers.add("image service", ImageServiceProxy.to(Path.of(cri.imageService()), pulls));
  }
}
