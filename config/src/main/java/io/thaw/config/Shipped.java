package io.thaw.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The files operators put in place: the commented configuration, the systemd units, and what
/// containerd and Docker must be told. Their sources are in `config/dist`.
public final class Shipped {
  /// The socket the shipped files name.
  public static final String SOCKET = "/run/thaw/thaw.sock";

  private Shipped() {}

  /// The text of one file, such as `systemd/thawd.service`.
  ///
  /// @throws IllegalStateException if there is no file of that name
  public static String text(String name) {
    try (InputStream in = Shipped.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the config module's jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
