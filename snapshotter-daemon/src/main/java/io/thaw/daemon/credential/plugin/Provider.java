package io.thaw.daemon.credential.plugin;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.registry.Credentials;
import io.thaw.registry.HelperProcess;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One plugin and the answers of it that are still good. One process of it runs at a time; who
/// comes meanwhile waits for its answer. A plugin that failed is not run again for a while.
final class Provider {

  private static final Logger log = LoggerFactory.getLogger(Provider.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_OUTPUT = 1 << 20;
  private static final int MAX_ANSWERS = 1_000;
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(10);

  private final ProviderConfig config;
  private final Path program;
  private final InstantSource clock;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Kept> answers = new HashMap<>();
  private Instant pausedUntil = Instant.MIN;

  private record Kept(ProviderAnswer answer, Instant until) {}

  Provider(ProviderConfig config, Path binaries, InstantSource clock, Duration timeout) {
    this.config = config;
    this.program = binaries.resolve(config.name());
    this.clock = clock;
    this.timeout = timeout;
  }

  boolean serves(Repository repository) {
    return config.images().stream().anyMatch(pattern -> pattern.matches(repository));
  }

  /// Credentials that were not refused. A kept answer whose credentials were refused is dropped and
  /// the plugin asked again.
  Optional<Credentials> credentials(Repository repository, Set<Credentials> refused)
      throws InterruptedIOException {
    lock.lock();
    try {
      Instant now = clock.instant();
      answers.values().removeIf(kept -> !now.isBefore(kept.until()));
      ProviderAnswer kept = kept(repository);
      Optional<Credentials> found =
          kept == null ? Optional.empty() : kept.find(repository, refused);
      if (found.isPresent() || (kept != null && refused.isEmpty())) {
        return found;
      }
      if (now.isBefore(pausedUntil)) {
        return Optional.empty();
      }
      ProviderAnswer fresh = ask(repository);
      keep(fresh, repository, now);
      return fresh.find(repository, refused);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      pausedUntil = clock.instant().plus(PAUSE_AFTER_FAILURE);
      log.warn(
          "credential provider {} failed for {}: {}; is it in the plugins' directory and does it"
              + " run by hand?",
          config.name(),
          repository,
          e.getMessage());
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable ProviderAnswer kept(Repository repository) {
    for (ProviderAnswer.Key key : ProviderAnswer.Key.values()) {
      Kept kept = answers.get(key + " " + key.of(repository));
      if (kept != null) {
        return kept.answer();
      }
    }
    return null;
  }

  private void keep(ProviderAnswer answer, Repository repository, Instant now) {
    Duration named = answer.cacheDuration();
    Duration duration = named == null ? config.defaultCacheDuration() : named;
    if (answers.size() >= MAX_ANSWERS) {
      answers.clear();
    }
    String key = answer.key() + " " + answer.key().of(repository);
    if (duration.isZero()) {
      answers.remove(key);
    } else {
      answers.put(key, new Kept(answer, now.plus(duration)));
    }
  }

  private ProviderAnswer ask(Repository repository) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(config.args());
    byte[] request =
        JSON.writeValueAsBytes(
            Map.of(
                "apiVersion", config.apiVersion(),
                "kind", "CredentialProviderRequest",
                "image", repository.toString()));
    HelperProcess.Output output =
        HelperProcess.run(command, config.environment(), request, timeout, MAX_OUTPUT);
    if (output.status() != 0) {
      throw new IOException("it ended with status " + output.status());
    }
    log.debug("credential provider {} answered for {}", config.name(), repository);
    return ProviderAnswer.read(output.bytes(), config.apiVersion());
  }
}
