package io.thaw.cli.builder.web;

import io.thaw.config.BuilderConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The builder's secrets, from the environment or from files. No error text holds one.
///
/// @param secret of those who may add jobs
/// @param readSecret of those who may look
public record Secrets(Secret secret, Optional<Secret> readSecret) {
  /// Goes before `auth.secret_file`.
  public static final String SECRET_VARIABLE = "THAW_BUILDER_SECRET";

  /// Goes before `auth.read_secret_file`.
  public static final String READ_SECRET_VARIABLE = "THAW_BUILDER_READ_SECRET";

  private static final int MAX_FILE_BYTES = 8_192;
  private static final int GENERATED_BYTES = 32;
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.GROUP_WRITE);

  /// Loads the secrets for a service. Without a configured one, the secret at `root/secret` is
  /// used, and made if need be; but only for a service that others cannot reach.
  ///
  /// @throws IOException if a secret cannot be read or used, or there has to be one and is not
  public static Secrets forService(
      BuilderConfig config, Map<String, String> environment, boolean loopback) throws IOException {
    Optional<Secret> configured =
        configured(environment, SECRET_VARIABLE, config.auth().secretFile(), "auth.secret_file");
    if (configured.isEmpty() && !loopback) {
      throw new IOException(
          "listen is "
              + config.listen()
              + ", which others can reach, and there is no secret; set auth.secret_file or "
              + SECRET_VARIABLE
              + ", or listen on 127.0.0.1");
    }
    Secret secret =
        configured.isPresent() ? configured.get() : generated(config.root().resolve("secret"));
    return new Secrets(secret, readSecret(config, environment));
  }

  /// Whether a service would make its secret at its start; if not, the configured one is loaded, so
  /// that what is wrong with it shows.
  ///
  /// @throws IOException as [#forService]
  public static boolean willBeMade(
      BuilderConfig config, Map<String, String> environment, boolean loopback) throws IOException {
    boolean configured =
        !environment.getOrDefault(SECRET_VARIABLE, "").isEmpty()
            || !config.auth().secretFile().isEmpty()
            || Files.exists(config.root().resolve("secret"));
    if (configured || !loopback) {
      forService(config, environment, loopback);
    }
    readSecret(config, environment);
    return !configured;
  }

  /// Loads what a client on the same machine shows to the service; nothing is made.
  ///
  /// @throws IOException if there is none, or it cannot be read
  public static Secrets forClient(BuilderConfig config, Map<String, String> environment)
      throws IOException {
    Optional<Secret> configured =
        configured(environment, SECRET_VARIABLE, config.auth().secretFile(), "auth.secret_file");
    Path generated = config.root().resolve("secret");
    if (configured.isEmpty() && !Files.exists(generated)) {
      throw new IOException(
          "there is no secret: neither "
              + SECRET_VARIABLE
              + " nor auth.secret_file is set, and the builder has not made "
              + generated
              + "; start it first, with the same configuration");
    }
    Secret secret =
        configured.isPresent() ? configured.get() : read(generated, "the generated secret");
    return new Secrets(secret, readSecret(config, environment));
  }

  private static Optional<Secret> readSecret(BuilderConfig config, Map<String, String> environment)
      throws IOException {
    return configured(
        environment, READ_SECRET_VARIABLE, config.auth().readSecretFile(), "auth.read_secret_file");
  }

  private static Optional<Secret> configured(
      Map<String, String> environment, String variable, String file, String key)
      throws IOException {
    String value = environment.getOrDefault(variable, "");
    if (!value.isEmpty()) {
      return Optional.of(parse(value, variable));
    }
    return file.isEmpty() ? Optional.empty() : Optional.of(read(Path.of(file), key));
  }

  private static Secret read(Path file, String key) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(key + ": " + file + " is not a file that can be read");
    }
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new IOException(key + ": " + file + " is too large for a secret");
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
    if (permissions.stream().anyMatch(OTHERS::contains)) {
      throw new IOException(
          "%s: %s can be read or written by others (%s); chmod 600 it"
              .formatted(key, file, PosixFilePermissions.toString(permissions)));
    }
    return parse(Files.readString(file, StandardCharsets.UTF_8), key + ": " + file);
  }

  private static Secret parse(String text, String from) throws IOException {
    try {
      return Secret.of(text);
    } catch (IllegalArgumentException e) {
      throw new IOException(from + ": " + e.getMessage());
    }
  }

  private static Secret generated(Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      byte[] random = new byte[GENERATED_BYTES];
      new SecureRandom().nextBytes(random);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          file,
          HexFormat.of().formatHex(random) + "\n",
          StandardCharsets.US_ASCII,
          StandardOpenOption.WRITE);
    }
    return read(file, "the generated secret");
  }
}
