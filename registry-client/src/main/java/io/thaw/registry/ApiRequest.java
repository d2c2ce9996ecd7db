package io.thaw.registry;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request to a registry's API, before authentication and redirects.
///
/// @param scope scopes its token needs, separated by spaces
/// @param what what it asks for, as a person would say it; for messages
/// @param content the body to send, or null
record ApiRequest(
    String method,
    URI uri,
    Repository repository,
    String scope,
    String what,
    Map<String, String> headers,
    Transport.@Nullable Content content) {

  static ApiRequest get(Repository repository, URI uri, String what, Map<String, String> headers) {
    return new ApiRequest(
        "GET", uri, repository, Access.PULL.scope(repository), what, headers, null);
  }

  static ApiRequest head(Repository repository, URI uri, String what, Map<String, String> headers) {
    return new ApiRequest(
        "HEAD", uri, repository, Access.PULL.scope(repository), what, headers, null);
  }

  @Override
  public String toString() {
    return method + " " + Texts.shown(uri);
  }
}
