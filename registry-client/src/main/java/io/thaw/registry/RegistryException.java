package io.thaw.registry;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A registry could not do what was asked. The message names host, repository, status and a
/// remedy, and never holds a secret.
public final class RegistryException extends IOException {

  private static final long serialVersionUID = 1L;

  /// What went wrong, as far as a caller may want to act on it.
  public enum Kind {
    /// The registry does not have it (404).
    NOT_FOUND,
    /// Credentials are missing, wrong or do not suffice (401, 403).
    UNAUTHORIZED,
    /// Too many requests (429).
    RATE_LIMITED,
    /// The registry or its storage failed (5xx, 408).
    SERVER,
    /// No connection, or one that broke, stalled or ended early.
    UNREACHABLE,
    /// The other side's TLS certificate is not trusted.
    UNTRUSTED,
    /// An answer that breaks the protocol or a limit.
    MALFORMED,
    /// Content whose bytes do not have the digest or size they were asked by.
    CORRUPT,
    /// A range outside the blob, or a server that cannot serve ranges.
    RANGE,
    /// The registry understood and declined (other 4xx).
    REJECTED,
    /// Not attempted because configuration forbids it, such as plain HTTP to a host that is not
    /// local.
    REFUSED;

    /// Whether the same request may succeed later without anybody changing anything.
    public boolean retryable() {
      return switch (this) {
        case RATE_LIMITED, SERVER, UNREACHABLE -> true;
        case NOT_FOUND, UNAUTHORIZED, UNTRUSTED, MALFORMED, CORRUPT, RANGE, REJECTED, REFUSED ->
            false;
      };
    }
  }

  private final Kind kind;
  private final String host;
  private final int status;
  private final transient @Nullable Duration retryAfter;

  RegistryException(Kind kind, String host, int status, String message) {
    this(kind, host, status, message, null, null);
  }

  RegistryException(
      Kind kind,
      String host,
      int status,
      String message,
      @Nullable Throwable cause,
      @Nullable Duration retryAfter) {
    super(message, cause);
    this.kind = kind;
    this.host = host;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /// What went wrong.
  public Kind kind() {
    return kind;
  }

  /// The host that failed; after a redirect, the redirect's target.
  public String host() {
    return host;
  }

  /// HTTP status of the failing answer, or 0 when there was none.
  public int status() {
    return status;
  }

  /// How long the server asked to be left alone, or null.
  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
