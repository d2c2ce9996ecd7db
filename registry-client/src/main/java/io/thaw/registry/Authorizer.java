package io.thaw.registry;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Keeps `Authorization` headers per registry and scope.
///
/// A registry's challenge is remembered, so that later tokens are fetched before asking in vain.
/// A token is renewed before it expires. Threads that need the same token at the same time share
/// one fetch.
final class Authorizer {

  private static final int MAX_GRANTS = 4096;

  private final TokenFetcher fetcher;
  private final Environment environment;
  private final ConcurrentHashMap<String, Challenge> challenges = new ConcurrentHashMap<>();
  private final BoundedCache<Key, Grant> grants = new BoundedCache<>(MAX_GRANTS);
  private final ConcurrentHashMap<Key, CompletableFuture<Grant>> fetches =
      new ConcurrentHashMap<>();

  private record Key(String host, String scope) {}

  /// A header to send.
  ///
  /// @param renewAt moment from which a new one is to be fetched
  record Grant(String header, Instant renewAt) {
    @Override
    public String toString() {
      return "Grant[***, renewAt=" + renewAt + "]";
    }
  }

  Authorizer(TokenFetcher fetcher, Environment environment) {
    this.fetcher = fetcher;
    this.environment = environment;
  }

  /// The header to try first: a kept one, a fresh one if the registry's challenge is known, or
  /// null.
  ///
  /// @param scope scopes the token is to have, separated by spaces
  @Nullable String current(Repository repository, String scope) throws IOException {
    Key key = new Key(repository.host(), scope);
    Grant grant = grants.get(key);
    if (grant != null && fresh(grant)) {
      return grant.header();
    }
    Challenge challenge = challenges.get(repository.host());
    if (challenge == null) {
      return null;
    }
    try {
      return obtain(key, repository, challenge, null);
    } catch (RegistryException e) {
      // The registry may have changed its ways: let it say again what it wants.
      challenges.remove(repository.host(), challenge);
      throw e;
    }
  }

  /// The header to try after the registry answered 401.
  ///
  /// @param rejected the header it was sent, if any; not returned again
  /// @param headers its `WWW-Authenticate` values
  String answer(
      Repository repository, String scope, @Nullable String rejected, List<String> headers)
      throws IOException {
    Challenge challenge = TokenFetcher.choose(repository, Challenge.parse(headers));
    challenges.put(repository.host(), challenge);
    Key key = new Key(repository.host(), scope);
    return obtain(key, repository, challenge, rejected);
  }

  private boolean fresh(Grant grant) {
    return environment.clock().instant().isBefore(grant.renewAt());
  }

  private String obtain(
      Key key, Repository repository, Challenge challenge, @Nullable String rejected)
      throws IOException {
    while (true) {
      CompletableFuture<Grant> mine = new CompletableFuture<>();
      CompletableFuture<Grant> running = fetches.putIfAbsent(key, mine);
      if (running == null) {
        return fetch(key, repository, challenge, rejected, mine);
      }
      Grant shared = await(running);
      if (shared != null && !shared.header().equals(rejected)) {
        return shared.header();
      }
    }
  }

  private String fetch(
      Key key,
      Repository repository,
      Challenge challenge,
      @Nullable String rejected,
      CompletableFuture<Grant> mine)
      throws IOException {
    try {
      Grant grant = grants.get(key);
      if (grant == null || !fresh(grant) || grant.header().equals(rejected)) {
        grant = fetcher.fetch(repository, challenge, key.scope());
        grants.put(key, grant);
      }
      mine.complete(grant);
      return grant.header();
    } catch (IOException | RuntimeException e) {
      mine.completeExceptionally(e);
      throw e;
    } finally {
      mine.cancel(false);
      fetches.remove(key, mine);
    }
  }

  /// The other thread's result; null when that thread was interrupted and this one has to do it
  /// itself.
  private static @Nullable Grant await(CompletableFuture<Grant> running) throws IOException {
    try {
      return running.get();
    } catch (InterruptedException e) {
      throw Retrier.interrupted("waiting for a token", e);
    } catch (java.util.concurrent.CancellationException e) {
      return null;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof InterruptedIOException) {
        return null;
      }
      if (cause instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("token fetch failed", cause);
    }
  }
}
