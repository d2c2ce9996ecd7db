package io.thaw.daemon.credential;

import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Logins of the configuration.
///
/// @param logins by host in lower case
public record HostLogins(Map<String, Credentials> logins) implements CredentialSource {
  public HostLogins {
    logins = Map.copyOf(logins);
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository) {
    return Optional.ofNullable(logins.get(repository.host().toLowerCase(Locale.ROOT)));
  }

  @Override
  public String toString() {
    return "HostLogins" + logins.keySet();
  }
}
