package io.thaw.cli.builder.web;

import io.thaw.cli.builder.web.Access.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A request, its body not yet read.
///
/// @param path without the query
/// @param query as it was sent; empty if there is none
/// @param contentType empty if the sender did not say
/// @param declaredLength of the body; empty if the sender did not say
record Request(
    String method,
    String path,
    String query,
    String contentType,
    Optional<Long> declaredLength,
    Credentials credentials,
    InputStream body) {
  private static final int MAX_PARAMETERS = 32;

  /// The body is longer than is allowed.
  static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLongException(long limit) {
      super("the body is longer than max_body_bytes, " + limit);
    }
  }

  /// The whole body.
  ///
  /// @throws TooLongException if it has more than `limit` bytes; no more than that is read
  byte[] readBody(long limit) throws IOException {
    if (declaredLength.isPresent() && declaredLength.get() > limit) {
      throw new TooLongException(limit);
    }
    byte[] bytes = body.readNBytes(Math.toIntExact(limit) + 1);
    if (bytes.length > limit) {
      throw new TooLongException(limit);
    }
    return bytes;
  }

  /// Whether the body is some kind of JSON: `application/json` or a type that ends in `+json`.
  boolean isJson() {
    int semicolon = contentType.indexOf(';');
    String type =
        (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
            .strip()
            .toLowerCase(Locale.ROOT);
    return type.equals("application/json")
        || (type.startsWith("application/") && type.endsWith("+json"));
  }

  /// The values of a query parameter, in their order.
  ///
  /// @throws IllegalArgumentException if the query is not well encoded
  List<String> parameters(String name) {
    List<String> values = new ArrayList<>();
    for (String pair : query.split("&", MAX_PARAMETERS)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && decoded(pair.substring(0, equals)).equals(name)) {
        values.add(decoded(pair.substring(equals + 1)));
      }
    }
    return values;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
