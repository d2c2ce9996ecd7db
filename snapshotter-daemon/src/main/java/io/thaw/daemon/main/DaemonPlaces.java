package io.thaw.daemon.main;

import io.thaw.config.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the daemon looks and listens if it is not told, which depends on the name it was called
/// by: in place of SOCI's daemon it takes that one's configuration and socket. Its data have
/// another form, so that its root is always its own.
///
/// @param address where it listens if neither the command line nor the configuration says
record DaemonPlaces(String program, Path config, Path address) {
  private static final String SOCI = "soci-snapshotter-grpc";
  private static final String UNIX = "unix://";
  private static final String ACTIVATION = "fd://";

  static DaemonPlaces of(String name) {
    return name.equals(SOCI)
        ? new DaemonPlaces(
            SOCI,
            Path.of("/etc/soci-snapshotter-grpc/config.toml"),
            Path.of("/run/soci-snapshotter-grpc/soci-snapshotter-grpc.sock"))
        : new DaemonPlaces("thawd", Config.DEFAULT_PATH, Config.defaults().address());
  }

  boolean isSoci() {
    return program.equals(SOCI);
  }

  /// The value of an option that was not given, such as `SOCI_SNAPSHOTTER_LOG_LEVEL` for
  /// `--log-level`; null if there is none, or if the daemon runs under its own name.
  @Nullable String fromEnvironment(String option, Map<String, String> environment) {
    if (!isSoci() || !option.startsWith("--")) {
      return null;
    }
    String variable = option.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
    String value = environment.get("SOCI_SNAPSHOTTER_" + variable);
    return value == null || value.isBlank() ? null : value;
  }

  /// Whether a socket that systemd passed is to be served: unless a path was given.
  ///
  /// @param given on the command line; null if nothing
  static boolean takesActivation(@Nullable String given) {
    return given == null || given.startsWith(ACTIVATION);
  }

  /// The socket to listen at.
  ///
  /// @param given on the command line; null if nothing
  /// @param configured by the file, or its default
  /// @throws IOException if what was given is no unix socket
  Path address(@Nullable String given, Path configured) throws IOException {
    boolean isDefault = configured.equals(Config.defaults().address());
    // Without a socket that systemd passed, fd:// means the usual one, as in SOCI.
    if (given == null || given.startsWith(ACTIVATION)) {
      return isDefault ? address : configured;
    }
    String path = given.startsWith(UNIX) ? given.substring(UNIX.length()) : given;
    if (path.contains("://")) {
      throw new IOException("--address " + given + ": expected the path of a unix socket");
    }
    return Path.of(path).toAbsolutePath();
  }
}
