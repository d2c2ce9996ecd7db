package io.thaw.daemon.credential.plugin;

import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Credentials of the kubelet's credential provider plugins, which are asked in the order of their
/// file. An answer is kept as long as it says, and dropped when its credentials are refused.
public final class ProviderPlugins implements CredentialSource {

  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private final List<Provider> providers;

  private ProviderPlugins(List<Provider> providers) {
    this.providers = providers;
  }

  /// The plugins of a file.
  ///
  /// @param config the kubelet's `--image-credential-provider-config`
  /// @param binaries the kubelet's `--image-credential-provider-bin-dir`
  /// @throws IOException if the file cannot be used or a program is missing
  public static ProviderPlugins open(Path config, Path binaries) throws IOException {
    return open(config, binaries, InstantSource.system(), TIMEOUT);
  }

  static ProviderPlugins open(Path config, Path binaries, InstantSource clock, Duration timeout)
      throws IOException {
    List<ProviderConfig> configs = ProviderConfig.read(config);
    for (ProviderConfig provider : configs) {
      if (!Files.isExecutable(binaries.resolve(provider.name()))) {
        throw new IOException(
            config
                + ": "
                + binaries.resolve(provider.name())
                + " is not a program; check kubelet_credential_provider.bin_dir");
      }
    }
    return new ProviderPlugins(
        configs.stream().map(one -> new Provider(one, binaries, clock, timeout)).toList());
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository) throws IOException {
    return credentialsFor(repository, Set.of());
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository, Set<Credentials> refused)
      throws IOException {
    for (Provider provider : providers) {
      if (provider.serves(repository)) {
        Optional<Credentials> found = provider.credentials(repository, refused);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }
}
