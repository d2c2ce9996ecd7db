package io.thaw.cli.daemon;

import io.thaw.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where the daemon listens.
public final class DaemonOption {
  private static final String UNIX = "unix://";

  @Option(
      names = "--daemon",
      paramLabel = "SOCKET",
      description =
          "thawd's socket (default: that in THAW_DAEMON, else the address in"
              + " /etc/thaw/config.toml, else /run/thaw/thaw.sock).")
  private @Nullable String socket;

  /// Connects.
  ///
  /// @throws IOException if no daemon answers; the message says what to do
  public DaemonClient connect() throws IOException {
    return DaemonClient.connect(path(System.getenv(), Config.DEFAULT_PATH));
  }

  /// The daemon's socket.
  ///
  /// @param configuration which names it, if nothing else does
  public Path path(Map<String, String> environment, Path configuration) throws IOException {
    String said = socket != null ? socket : environment.getOrDefault("THAW_DAEMON", "");
    if (!said.isEmpty()) {
      return Path.of(said.startsWith(UNIX) ? said.substring(UNIX.length()) : said).toAbsolutePath();
    }
    return Files.exists(configuration)
        ? Config.load(configuration).address()
        : Config.defaults().address();
  }
}
