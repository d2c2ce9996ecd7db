package io.thaw.registry;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One HTTP exchange and nothing more: no redirects, no authentication, no retries. The seam at
/// which the HTTP library can be exchanged and at which tests watch.
interface Transport extends AutoCloseable {

  /// Sends the request and waits for the response's headers.
  ///
  /// @throws IOException when the connection fails or the headers do not arrive in time
  Response send(Request request) throws IOException, InterruptedException;

  @Override
  void close();

  /// One request.
  ///
  /// @param content the body, or null for none
  /// @param connection how the host is spoken to
  record Request(
      String method,
      URI uri,
      Map<String, String> headers,
      @Nullable Content content,
      Endpoint.Connection connection) {
    @Override
    public String toString() {
      return method + " " + Texts.shown(uri);
    }
  }

  /// Body of a request.
  ///
  /// @param sizeBytes exact size
  /// @param source opened once per sending
  record Content(long sizeBytes, BlobSource source) {}

  /// A response whose body is still arriving. Must be closed; closing before the end aborts the
  /// transfer.
  ///
  /// @param body throws an [IOException] when it stalls or breaks
  record Response(int status, HttpHeaders headers, InputStream body) implements Closeable {

    Optional<String> header(String name) {
      return headers.firstValue(name);
    }

    /// The value of `Content-Length`, or -1 when there is none that makes sense.
    long contentLength() {
      String value = header("content-length").orElse("");
      if (value.isEmpty() || value.length() > 18 || !value.chars().allMatch(Character::isDigit)) {
        return -1;
      }
      return Long.parseLong(value);
    }

    @Override
    public void close() throws IOException {
      body.close();
    }

    @Override
    public String toString() {
      return "Response[" + status + "]";
    }
  }
}
