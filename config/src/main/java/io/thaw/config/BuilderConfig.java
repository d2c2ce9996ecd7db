package io.thaw.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Everything the operator of `thaw builder` decides, read once at start.
///
/// @param root where the queue and what is being worked on live
/// @param listen where notifications and people arrive
/// @param concurrency how many images are indexed at once
/// @param shutdownGraceSeconds how long running jobs may go on once the builder is told to end
/// @param maxBodyBytes the longest request body that is read
/// @param registries the only registries images are taken from and indexes are written to
/// @param rules in the order of the file; the first of each format that wants an image has it
/// @param warnings what is odd in the file; the builder logs them and starts
public record BuilderConfig(
    Path root,
    ListenAddress listen,
    int concurrency,
    long shutdownGraceSeconds,
    long maxBodyBytes,
    LogConfig log,
    BuilderAuth auth,
    BuilderQueue queue,
    List<BuilderRegistry> registries,
    List<BuilderRule> rules,
    List<ConfigWarning> warnings) {

  /// Where the builder looks if it is not told.
  public static final Path DEFAULT_PATH = Path.of("/etc/thaw/builder.toml");

  /// Where secrets come from; they are never in the file itself.
  ///
  /// @param secretFile holds the secret of those who may add jobs; empty for none
  /// @param readSecretFile holds the secret of those who may look; empty for none
  /// @param maxClockSkewSeconds how far the time in a signature may be from ours
  public record BuilderAuth(String secretFile, String readSecretFile, long maxClockSkewSeconds) {}

  /// Bounds of the queue.
  ///
  /// @param maxJobs how many jobs may wait
  /// @param maxAttempts how often a job is tried
  /// @param minWaitSeconds longest wait after the first failure; it doubles
  /// @param maxWaitSeconds longest wait
  /// @param history how many finished jobs are remembered
  public record BuilderQueue(
      int maxJobs, int maxAttempts, long minWaitSeconds, long maxWaitSeconds, int history) {}

  /// A registry the builder works with.
  ///
  /// @param host as in image references
  /// @param aliases other names notifications may give it
  /// @param plainHttp whether it is spoken to without TLS
  /// @param insecure whether its certificate is not checked
  public record BuilderRegistry(
      String host, List<String> aliases, boolean plainHttp, boolean insecure) {
    public BuilderRegistry {
      aliases = List.copyOf(aliases);
    }
  }

  public BuilderConfig {
    registries = List.copyOf(registries);
    rules = List.copyOf(rules);
    warnings = List.copyOf(warnings);
  }

  /// Reads and validates a file.
  ///
  /// @throws ConfigException if it is not TOML or a value is wrong; the message has line and column
  /// @throws IOException if it cannot be read
  public static BuilderConfig load(Path file) throws IOException {
    return parse(
        file.toString(),
        ConfigFile.read(file, "\"thaw builder check --example\" prints one to start from"));
  }

  /// Reads and validates a text; `source` is how messages call it.
  public static BuilderConfig parse(String source, String text) throws ConfigException {
    return BuilderSchema.read(ConfigReader.read(source, text, BuilderSchema.KEYS));
  }

  /// A commented file with every key, to start from.
  public static String example() {
    try (InputStream in = BuilderConfig.class.getResourceAsStream("builder.toml")) {
      if (in == null) {
        throw new IllegalStateException("builder.toml is missing from the config module's jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
