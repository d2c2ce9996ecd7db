package io.thaw.registry;

/// What proves to a registry who is asking. Never shows its secret.
public sealed interface Credentials {

  /// User name and password (or access token used as a password).
  record Basic(String username, String password) implements Credentials {
    @Override
    public String toString() {
      return "Basic[username=" + Texts.quoted(username) + ", password=***]";
    }
  }

  /// OAuth2 refresh token that a token server exchanges for access tokens; docker calls it
  /// identity token.
  record IdentityToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "IdentityToken[token=***]";
    }
  }
}
