package io.thaw.daemon.main;

import io.grpc.HandlerRegistry;
import io.thaw.config.Config;
import io.thaw.config.CredentialConfig;
import io.thaw.daemon.credential.DaemonCredentials;
import io.thaw.daemon.credential.HostLogins;
import io.thaw.daemon.credential.cri.CredentialFile;
import io.thaw.daemon.credential.cri.ImageServiceProxy;
import io.thaw.daemon.credential.cri.PullCredentials;
import io.thaw.daemon.credential.kube.PullSecrets;
import io.thaw.daemon.credential.plugin.ProviderPlugins;
import io.thaw.registry.CredentialSource;
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
record Registries(
    RegistryClient layers, RegistryClient indexes, @Nullable HandlerRegistry imageService) {

  private static final String SEALED = "credentials";

  /// Opens all of them; `closers` ends them.
  static Registries open(Config config, Map<String, String> environment, Path root, Closers closers)
      throws IOException {
    RegistryConfig network = Settings.network(config, environment);
    List<CredentialSource> sources = new ArrayList<>();
    ImageServiceProxy proxy = overheard(config.credentials().cri(), root, sources, closers);
    sources.add(new HostLogins(RegistryHosts.logins(config.registry())));
    sources.add(DaemonCredentials.chain(environment));
    CredentialConfig.Plugins plugins = config.credentials().plugins();
    if (plugins.enabled()) {
      sources.add(ProviderPlugins.open(Path.of(plugins.configPath()), Path.of(plugins.binDir())));
    }
    CredentialConfig.Kubeconfig kubeconfig = config.credentials().kubeconfig();
    if (kubeconfig.enabled()) {
      sources.add(closers.add("pull secrets", PullSecrets.watch(kubeconfig.path())));
    }
    CredentialSource credentials = CredentialSource.firstOf(sources);
    return new Registries(
        closers.add(
            "registry client for layers",
            RegistryClient.create(Settings.blobs(config, network), credentials)),
        closers.add(
            "registry client for indexes",
            RegistryClient.create(Settings.registry(config, network), credentials)),
        proxy);
  }

  private static @Nullable ImageServiceProxy overheard(
      CredentialConfig.Cri cri, Path root, List<CredentialSource> sources, Closers closers)
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
    sources.add(pulls);
    return closers.add("image service", ImageServiceProxy.to(Path.of(cri.imageService()), pulls));
  }
}
