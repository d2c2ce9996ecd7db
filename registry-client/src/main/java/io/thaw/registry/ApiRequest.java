package io.thaw.registry;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request to a registry's API, before authentication and redirects.
///
/// @param endpoint the host that is asked; its login, headers and TLS files are used
/// @param uri at the endpoint's origin, or at storage it named
/// @param scope scopes its token needs, separated by spaces
/// @param what what it asks for, as a person would say it; for messages
/// @param content the body to send, or null
record ApiRequest(
    String method,
    Endpoint endpoint,
    URI uri,
    Repository repository,
    String scope,
    String what,
    Map<String, String> headers,
    Transport.@Nullable Content content) {

  /// @param rest what follows the repository's path in the address, encoded
  static ApiRequest get(
      Endpoint endpoint,
      Repository repository,
      String rest,
      String what,
      Map<String, String> headers) {
    return new ApiRequest(
        "GET",
        endpoint,
        endpoint.api(repository, rest),
        repository,
        Access.PULL.scope(repository),
        what,
        headers,
        null);
  }

  /// As [#get], for the headers of the answer alone.
  static ApiRequest head(
      Endpoint endpoint,
      Repository repository,
      String rest,
      String what,
      Map<String, String> headers) {
    return get(endpoint, repository, rest, what, headers)
        .with("HEAD", endpoint.api(repository, rest));
  }

  /// The same request with another method and address.
  ApiRequest with(String otherMethod, URI otherUri) {
    return new ApiRequest(
        otherMethod, endpoint, otherUri, repository, scope, what, headers, content);
  }

  @Override
  public String toString() {
    return method + " " + Texts.shown(uri);
  }
}
