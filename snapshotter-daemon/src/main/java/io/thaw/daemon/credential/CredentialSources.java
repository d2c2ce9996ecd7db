package io.thaw.daemon.credential;

import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// All sources of the daemon's credentials, in the order they are asked; each has a name that
/// people know it by.
public final class CredentialSources implements CredentialSource {
  private final List<Named> sources;
  private final CredentialSource chain;

  /// One source.
  ///
  /// @param name for people, such as a file or a key of the configuration
  public record Named(String name, CredentialSource source) {}

  public CredentialSources(List<Named> sources) {
    this.sources = List.copyOf(sources);
    this.chain = CredentialSource.firstOf(this.sources.stream().map(Named::source).toList());
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository) throws IOException {
    return chain.credentialsFor(repository);
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository, Set<Credentials> refused)
      throws IOException {
    return chain.credentialsFor(repository, refused);
  }

  /// Which source has the login for a repository, for people; never a secret.
  public String describe(Repository repository) {
    for (Named named : sources) {
      try {
        if (named.source().credentialsFor(repository).isPresent()) {
          return named.name();
        }
      } catch (IOException e) {
        return named.name() + ", which fails: " + e.getMessage();
      }
    }
    return "anonymous; no login for %s in: %s"
        .formatted(
            repository.host(), String.join(", ", sources.stream().map(Named::name).toList()));
  }
}
