package io.thaw.registry;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds credentials for a repository. Asked whenever a token has to be fetched, so an
/// implementation may answer differently over time.
@FunctionalInterface
public interface CredentialSource {

  /// Credentials for pulling from or pushing to the repository, or empty to go on anonymously.
  ///
  /// @throws IOException when the source itself is broken; the message holds no secret
  Optional<Credentials> credentialsFor(Repository repository) throws IOException;

  /// Other credentials than those that were refused. A source that keeps answers drops one that was
  /// refused and looks again; by default it has no other ones.
  ///
  /// @param refused what the registry would not take just now; not changed
  /// @throws IOException as [#credentialsFor(Repository)]
  default Optional<Credentials> credentialsFor(Repository repository, Set<Credentials> refused)
      throws IOException {
    return credentialsFor(repository).filter(found -> !refused.contains(found));
  }

  /// Source that never has credentials.
  static CredentialSource anonymous() {
    return repository -> Optional.empty();
  }

  /// Source that asks the given ones in order and takes the first answer. What is refused makes way
  /// for what the next one has.
  static CredentialSource firstOf(List<? extends CredentialSource> sources) {
    return new CredentialChain(List.copyOf(sources));
  }
}
