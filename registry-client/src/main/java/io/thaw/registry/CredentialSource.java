package io.thaw.registry;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Finds credentials for a repository. Asked whenever a token has to be fetched, so an
/// implementation may answer differently over time.
@FunctionalInterface
public interface CredentialSource {

  /// Credentials for pulling from or pushing to the repository, or empty to go on anonymously.
  ///
  /// @throws IOException when the source itself is broken; the message holds no secret
  Optional<Credentials> credentialsFor(Repository repository) throws IOException;

  /// Source that never has credentials.
  static CredentialSource anonymous() {
    return repository -> Optional.empty();
  }

  /// Source that asks the given ones in order and takes the first answer.
  static CredentialSource firstOf(List<? extends CredentialSource> sources) {
    List<CredentialSource> ordered = List.copyOf(sources);
    return repository -> {
      for (CredentialSource source : ordered) {
        Optional<Credentials> found = source.credentialsFor(repository);
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    };
  }
}
