package io.thaw.daemon.credential.cri;

import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Credentials of pulls, by image; the newest of a repository is given first. Bounded: the one that
/// was brought longest ago goes. Safe for concurrent use.
public final class PullCredentials implements CredentialSource {

  private static final Logger log = LoggerFactory.getLogger(PullCredentials.class);
  static final int MAX_IMAGES = 2_000;

  private final @Nullable CredentialFile file;
  private final ReentrantLock lock = new ReentrantLock();

  /// By image, the newest last.
  private final Map<String, PullCredential> kept = new LinkedHashMap<>();

  private PullCredentials(@Nullable CredentialFile file, List<PullCredential> loaded) {
    this.file = file;
    loaded.forEach(credential -> kept.put(credential.image(), credential));
  }

  /// Kept as long as the process lives.
  public static PullCredentials inMemory() {
    return new PullCredentials(null, List.of());
  }

  /// Kept in a file, too, so that another process has them.
  public static PullCredentials keptIn(CredentialFile file) {
    List<PullCredential> loaded = file.load();
    log.info("credentials of {} pulls were kept from before", loaded.size());
    return new PullCredentials(file, loaded);
  }

  void add(PullCredential credential) {
    lock.lock();
    try {
      PullCredential before = kept.remove(credential.image());
      kept.put(credential.image(), credential);
      if (kept.size() > MAX_IMAGES) {
        kept.remove(kept.keySet().iterator().next());
      }
      if (file != null && !credential.equals(before)) {
        save(file);
      }
    } finally {
      lock.unlock();
    }
  }

  private void save(CredentialFile target) {
    try {
      target.save(List.copyOf(kept.values()));
    } catch (IOException e) {
      log.warn("credentials of pulls cannot be kept, a restart will lose them: {}", e.getMessage());
    }
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository) {
    return credentialsFor(repository, Set.of());
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository, Set<Credentials> refused) {
    lock.lock();
    try {
      List<PullCredential> newestFirst = new ArrayList<>(kept.values()).reversed();
      return newestFirst.stream()
          .filter(credential -> credential.repository().equals(repository))
          .map(PullCredential::credentials)
          .filter(credentials -> !refused.contains(credentials))
          .findFirst();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return "PullCredentials";
  }
}
