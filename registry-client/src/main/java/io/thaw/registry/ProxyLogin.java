package io.thaw.registry;

import java.security.Principal;
import org.apache.hc.client5.http.auth.AuthChallenge;
import org.apache.hc.client5.http.auth.AuthScheme;
import org.apache.hc.client5.http.auth.CredentialsProvider;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/// A login that a proxy is shown unasked: with the request for a tunnel, not through it, or with
/// a plain request.
final class ProxyLogin implements AuthScheme {

  private final String authorization;

  /// @param authorization value of `Proxy-Authorization`; a secret
  ProxyLogin(String authorization) {
    this.authorization = authorization;
  }

  @Override
  public String getName() {
    return "Basic";
  }

  @Override
  public boolean isConnectionBased() {
    return false;
  }

  @Override
  public void processChallenge(AuthChallenge challenge, HttpContext context) {
    // There is no other answer than the one given already.
  }

  @Override
  public boolean isChallengeComplete() {
    return true;
  }

  @Override
  public @Nullable String getRealm() {
    return null;
  }

  @Override
  public boolean isResponseReady(
      HttpHost host, CredentialsProvider credentials, HttpContext context) {
    return true;
  }

  @Override
  public @Nullable Principal getPrincipal() {
    return null;
  }

  @Override
  public String generateAuthResponse(HttpHost host, HttpRequest request, HttpContext context) {
    return authorization;
  }

  @Override
  public String toString() {
    return "ProxyLogin";
  }
}
