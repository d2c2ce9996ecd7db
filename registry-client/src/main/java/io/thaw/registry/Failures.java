package io.thaw.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Turns failing answers and broken connections into exceptions that say who, what and what to
/// do.
///
/// Of an answer's body only the error code is shown: its message may repeat what we sent, secrets
/// included.
final class Failures {

  private static final int MAX_ERROR_BODY = 64 << 10;
  private static final int MAX_CODE = 40;

  private final InstantSource clock;

  Failures(InstantSource clock) {
    this.clock = clock;
  }

  /// Whether a status tells of a passing failure, so that the request is to be repeated.
  static boolean transientStatus(int status) {
    return switch (status) {
      case 408, 429, 500, 502, 503, 504 -> true;
      default -> false;
    };
  }

  /// The exception for an answer that is not what was hoped for. Closes the answer.
  ///
  /// @param what what was asked for, such as `manifest latest`
  RegistryException of(Repository repository, String what, Answer answer) {
    int status = answer.status();
    String host = Texts.authority(answer.servedFrom());
    Duration retryAfter =
        Retrier.retryAfter(answer.response().header("retry-after").orElse(null), clock.instant());
    String code = errorCode(answer.response());
    RegistryException.Kind kind = kind(status);
    String message =
        repository
            + ": "
            + what
            + ": "
            + host
            + " answered "
            + status
            + (code.isEmpty() ? "" : " " + code)
            + remedy(kind, repository, answer.foreign());
    return new RegistryException(kind, host, status, message, null, retryAfter);
  }

  private static RegistryException.Kind kind(int status) {
    return switch (status) {
      case 401, 403 -> RegistryException.Kind.UNAUTHORIZED;
      case 404 -> RegistryException.Kind.NOT_FOUND;
      case 416 -> RegistryException.Kind.RANGE;
      case 429 -> RegistryException.Kind.RATE_LIMITED;
      default ->
          transientStatus(status)
              ? RegistryException.Kind.SERVER
              : status >= 400 && status < 500
                  ? RegistryException.Kind.REJECTED
                  : RegistryException.Kind.MALFORMED;
    };
  }

  private static String remedy(
      RegistryException.Kind kind, Repository repository, boolean foreign) {
    return switch (kind) {
      case UNAUTHORIZED ->
          foreign
              ? "; the registry's storage refused its own link: check the clocks of registry and host"
              : "; check the credentials for " + repository.host() + " and their rights on it";
      case NOT_FOUND -> "; check the name, and that it was pushed to this registry";
      case RATE_LIMITED -> "; log in for a higher limit or use a mirror";
      case SERVER -> "; see the registry's log";
      case UNREACHABLE, UNTRUSTED, MALFORMED, CORRUPT, RANGE, REJECTED, REFUSED -> "";
    };
  }

  /// The exception for an exchange that did not bring an answer at all.
  static RegistryException unreachable(URI uri, IOException cause) {
    String host = Texts.authority(uri);
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof CertificateException) {
        return new RegistryException(
            RegistryException.Kind.UNTRUSTED,
            host,
            0,
            host
                + ": its TLS certificate is not trusted ("
                + t.getMessage()
                + "); install its authority, or list the host as insecure",
            cause,
            null);
      }
    }
    String reason = cause.getMessage() == null ? cause.getClass().getName() : cause.getMessage();
    return new RegistryException(
        RegistryException.Kind.UNREACHABLE,
        host,
        0,
        Texts.shown(uri) + " cannot be reached: " + reason,
        cause,
        null);
  }

  /// Reads the first error's code from an OCI error document, then closes the response; empty
  /// when there is none.
  private static String errorCode(Transport.Response response) {
    try (response) {
      byte[] body = response.body().readNBytes(MAX_ERROR_BODY);
      if (body.length == 0 || body[0] != '{') {
        return "";
      }
      String code = Json.parse(body).path("errors").path(0).path("code").asText("");
      return code.length() <= MAX_CODE && code.matches("[A-Z0-9_]*") ? code : "";
    } catch (IOException e) {
      // The status alone must do; the connection is closed either way.
      return "";
    }
  }

  /// An exception about an answer that breaks the protocol.
  static RegistryException malformed(String host, String message) {
    return new RegistryException(RegistryException.Kind.MALFORMED, host, 0, message);
  }

  /// Text of a JSON field, or null when it is absent or no string.
  static @Nullable String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isTextual() ? value.textValue() : null;
  }
}
