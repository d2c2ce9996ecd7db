package io.thaw.daemon.credential.kube;

import io.thaw.daemon.credential.plugin.ImagePattern;
import io.thaw.registry.Credentials;
import io.thaw.registry.DockerAuths;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The logins of all secrets seen, by the secret's name. Bounded. Safe for concurrent use.
final class SecretBook {

  private static final Logger log = LoggerFactory.getLogger(SecretBook.class);
  static final int MAX_SECRETS = 10_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, List<Login>> logins = new TreeMap<>();

  private record Login(String key, ImagePattern images, Credentials credentials) {}

  /// Takes the content of a secret, `config.json` of docker; what it said before is forgotten.
  void put(String name, byte[] dockerConfig) {
    List<Login> all = new ArrayList<>();
    try {
      for (DockerAuths.Entry entry : DockerAuths.read(dockerConfig, "secret " + name)) {
        all.add(new Login(entry.key(), ImagePattern.of(entry.key()), entry.credentials()));
      }
    } catch (IOException | IllegalArgumentException e) {
      log.warn("secret {} cannot be used: it is no docker config.json", name);
    }
    lock.lock();
    try {
      if (all.isEmpty()) {
        logins.remove(name);
      } else if (logins.size() < MAX_SECRETS || logins.containsKey(name)) {
        logins.put(name, List.copyOf(all));
      } else {
        log.warn("secret {} is left out: there are {} already", name, MAX_SECRETS);
      }
    } finally {
      lock.unlock();
    }
  }

  void remove(String name) {
    lock.lock();
    try {
      logins.remove(name);
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return logins.size();
    } finally {
      lock.unlock();
    }
  }

  /// The most exact login for the repository that was not refused: of those that match, the one
  /// with the longest key.
  Optional<Credentials> find(Repository repository, Set<Credentials> refused) {
    lock.lock();
    try {
      Login best = null;
      for (List<Login> of : logins.values()) {
        for (Login login : of) {
          if (login.images().matches(repository)
              && !refused.contains(login.credentials())
              && (best == null || login.key().length() > best.key().length())) {
            best = login;
          }
        }
      }
      return best == null ? Optional.empty() : Optional.of(best.credentials());
    } finally {
      lock.unlock();
    }
  }
}
