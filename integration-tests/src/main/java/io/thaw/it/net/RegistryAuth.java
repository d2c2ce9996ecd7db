package io.thaw.it.net;

/// How a registry lets people in.
public sealed interface RegistryAuth {
  /// Everybody may read and write.
  record None() implements RegistryAuth {}

  /// One user with a password, HTTP basic.
  record Basic(String username, String password) implements RegistryAuth {}

  /// One user who trades name and password for a bearer token at `server`.
  record Token(TokenServer server) implements RegistryAuth {}
}
