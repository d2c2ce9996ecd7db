package io.thaw.registry;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Keeps `Authorization` headers per host and scope.
///
/// A host's challenge is remembered, so that later tokens are fetched before asking in vain. A
/// token is renewed before it expires. Threads that need the same token at the same time share one
/// fetch. After nothing helped, nothing is fetched for a while: see [Denials].
final class Authorizer {

  private static final int MAX_GRANTS = 4096;

  private final TokenFetcher fetcher;
  private final Environment environment;
  private final Denials<Key> denials;
  private final ConcurrentHashMap<String, Challenge> challenges = new ConcurrentHashMap<>();
  private final BoundedCache<Key, Grant> grants = new BoundedCache<>(MAX_GRANTS);
  private final ConcurrentHashMap<Key, CompletableFuture<Grant>> fetches =
      new ConcurrentHashMap<>();

  private record Key(String host, String scope) {}

  /// A header to send.
  ///
  /// @param renewAt moment from which a new one is to be fetched
  /// @param credentials what it was had for; null for an anonymous one
  record Grant(String header, Instant renewAt, @Nullable Credentials credentials) {
    @Override
    public String toString() {
      return "Grant[***, renewAt=" + renewAt + "]";
    }
  }

  Authorizer(TokenFetcher fetcher, Environment environment) {
    this.fetcher = fetcher;
    this.environment = environment;
    this.denials = new Denials<>(environment);
  }

  /// Finds the headers for one request.
  Asker asker(ApiRequest request) {
    return new Asker(request);
  }

  private boolean fresh(Grant grant) {
    return environment.clock().instant().isBefore(grant.renewAt());
  }

  /// The headers of one request, one after the other until one is accepted. For one thread.
  final class Asker {

    private final ApiRequest request;
    private final String host;
    private final Key key;
    private final Set<Credentials> refused = new HashSet<>();
    private int rejections;

    private Asker(ApiRequest request) {
      this.request = request;
      this.host = request.endpoint().root().toString();
      this.key = new Key(host, request.scope());
    }

    /// The header to try first: a kept one, a fresh one if the host's challenge is known, or null.
    @Nullable String current() throws IOException {
      Grant grant = grants.get(key);
      if (grant != null && fresh(grant)) {
        return grant.header();
      }
      Challenge challenge = challenges.get(host);
      if (challenge == null) {
        return null;
      }
      RegistryException denied = denials.of(key);
      if (denied != null) {
        throw denied;
      }
      try {
        return obtain(challenge, null);
      } catch (RegistryException e) {
        // The host may have changed its ways: let it say again what it wants.
        challenges.remove(host, challenge);
        throw e;
      }
    }

    /// The header to try after the host answered 401 or 403; null when there is no other one, or
    /// others have tried in vain just now.
    ///
    /// @param rejected the header it was sent, if any; not returned again
    /// @param headers its `WWW-Authenticate` values
    @Nullable String renew(int status, @Nullable String rejected, List<String> headers)
        throws IOException {
      Challenge challenge = challenge(status, rejected, headers);
      if (challenge == null) {
        return null;
      }
      rejections++;
      Grant kept = grants.get(key);
      if (kept != null && fresh(kept) && !kept.header().equals(rejected)) {
        return kept.header();
      }
      if (denials.active(key)) {
        return null;
      }
      if (kept != null && kept.header().equals(rejected)) {
        Credentials used = kept.credentials();
        // A token may have been revoked early: the same credentials get one more.
        if (used != null && (challenge.scheme().equals("basic") || rejections > 1)) {
          refused.add(used);
        } else if (rejections > 1) {
          return null;
        }
      }
      boolean sentAny = !refused.isEmpty();
      try {
        return obtain(challenge, rejected);
      } catch (RegistryException e) {
        if (sentAny && e.kind() == RegistryException.Kind.UNAUTHORIZED) {
          // Nothing else is known: what the host itself said tells more.
          return null;
        }
        throw e;
      }
    }

    private @Nullable Challenge challenge(
        int status, @Nullable String rejected, List<String> headers) throws IOException {
      if (status == 401) {
        Challenge challenge = TokenFetcher.choose(request.repository(), Challenge.parse(headers));
        challenges.put(host, challenge);
        return challenge;
      }
      // Registries answer 403 to expired logins, too; without a login it is a plain no.
      return rejected == null ? null : challenges.get(host);
    }

    /// Takes note of how the request ended.
    void judged(@Nullable String authorization, boolean accepted) {
      if (accepted) {
        denials.end(key);
      } else if (rejections > 0) {
        denials.add(key, null);
      }
    }

    private @Nullable String obtain(Challenge challenge, @Nullable String rejected)
        throws IOException {
      while (true) {
        CompletableFuture<Grant> mine = new CompletableFuture<>();
        CompletableFuture<Grant> running = fetches.putIfAbsent(key, mine);
        if (running == null) {
          String header = fetch(challenge, rejected, mine);
          return header.equals(rejected) ? null : header;
        }
        Grant shared = await(running);
        if (shared != null && !shared.header().equals(rejected)) {
          return shared.header();
        }
      }
    }

    private String fetch(
        Challenge challenge, @Nullable String rejected, CompletableFuture<Grant> mine)
        throws IOException {
      try {
        Grant grant = grants.get(key);
        if (grant == null || !fresh(grant) || grant.header().equals(rejected)) {
          grant =
              fetcher.fetch(
                  request.endpoint(), request.repository(), challenge, key.scope(), refused);
          grants.put(key, grant);
        }
        mine.complete(grant);
        return grant.header();
      } catch (IOException | RuntimeException e) {
        if (e instanceof RegistryException failure
            && failure.kind() == RegistryException.Kind.UNAUTHORIZED) {
          denials.add(key, failure);
        }
        mine.completeExceptionally(e);
        throw e;
      } finally {
        mine.cancel(false);
        fetches.remove(key, mine);
      }
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
