package io.thaw.registry;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Sources asked in order; the first answer that was not refused wins.
record CredentialChain(List<CredentialSource> sources) implements CredentialSource {

  @Override
  public Optional<Credentials> credentialsFor(Repository repository) throws IOException {
    return credentialsFor(repository, Set.of());
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository, Set<Credentials> refused)
      throws IOException {
    for (CredentialSource source : sources) {
      Optional<Credentials> found = source.credentialsFor(repository, refused);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }
}
