package io.thaw.daemon.main;

import io.thaw.config.Config;
import io.thaw.config.LogConfig;
import io.thaw.daemon.grpc.SocketProbe;
import io.thaw.ztoc.inflate.Inflater;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `thawd`.
///
/// SIGTERM leaves all mounts to the next daemon, SIGINT ends them. In place of SOCI's daemon,
/// `SOCI_SNAPSHOTTER_CONFIG`, `…_ADDRESS`, `…_ROOT` and `…_LOG_LEVEL` stand for the options of
/// these names.
@Command(
    name = "thawd",
    mixinStandardHelpOptions = true,
    versionProvider = ThawdMain.Version.class,
    description =
        "A containerd snapshotter that starts containers before their images have arrived.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:stopped by a signal", "1:could not start", "2:wrong arguments"})
public final class ThawdMain implements Callable<Integer> {
  /// The system property that holds the name the daemon was called by.
  public static final String PROGRAM_PROPERTY = "thaw.program";

  private static final Logger LOG = LoggerFactory.getLogger(ThawdMain.class);
  private static final long STOP_SECONDS = 20;
  private static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error");

  /// SOCI's daemon has two more, for what it logs before it gives up.
  private static final Map<String, String> SOCI_LEVELS = Map.of("fatal", "error", "panic", "error");

  private final DaemonPlaces places;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Configuration; without it /etc/thaw/config.toml, if it is there (called as"
              + " soci-snapshotter-grpc: /etc/soci-snapshotter-grpc/config.toml).")
  private @Nullable Path configFile;

  @Option(
      names = "--address",
      paramLabel = "SOCKET",
      description = "Overrides address; a path, with or without unix://.")
  private @Nullable String address;

  @Option(names = "--root", paramLabel = "DIRECTORY", description = "Overrides root.")
  private @Nullable Path root;

  @Option(names = "--log-level", paramLabel = "LEVEL", description = "Overrides log.level.")
  private @Nullable String logLevel;

  private ThawdMain(DaemonPlaces places) {
    this.places = places;
  }

  /// Runs until SIGTERM or SIGINT.
  public static void main(String[] args) {
    Preload.begin();
    String name = System.getProperty(PROGRAM_PROPERTY, "thawd");
    ThawdMain plain = plain(name, args);
    System.exit(plain == null ? commandLine(name, System.getenv()).execute(args) : plain.call());
  }

  /// The command line that every service manager uses, `--option VALUE` and nothing else, taken
  /// without picocli: its classes are of an old format that no AOT cache keeps, and reading our
  /// annotations was a third of the start.
  ///
  /// @return null for everything else: help, mistakes, SOCI's variables
  static @Nullable ThawdMain plain(String name, String[] args) {
    DaemonPlaces places = DaemonPlaces.of(name);
    if (places.isSoci() || args.length % 2 != 0) {
      return null;
    }
    ThawdMain main = new ThawdMain(places);
    for (int i = 0; i < args.length; i += 2) {
      String value = args[i + 1];
      if (value.isEmpty() || value.startsWith("-")) {
        return null;
      }
      switch (args[i]) {
        case "--config" -> main.configFile = Path.of(value);
        case "--address" -> main.address = value;
        case "--root" -> main.root = Path.of(value);
        case "--log-level" -> main.logLevel = value;
        default -> {
          return null;
        }
      }
    }
    return main;
  }

  /// @param name what the daemon was called by
  /// @param environment gives options that the command line leaves out their values, if the daemon
  ///     stands in for SOCI's
  static CommandLine commandLine(String name, Map<String, String> environment) {
    DaemonPlaces places = DaemonPlaces.of(name);
    return new CommandLine(new ThawdMain(places))
        .setCommandName(places.program())
        .setDefaultValueProvider(
            argument ->
                argument instanceof OptionSpec option && option.arity().max() > 0
                    ? places.fromEnvironment(option.longestName(), environment)
                    : null);
  }

  @Override
  public Integer call() {
    Logging.start(logLevel == null ? "info" : SOCI_LEVELS.getOrDefault(logLevel, logLevel));
    Config config;
    try {
      config = config();
    } catch (IOException e) {
      // What to mend stands in the message; a stack trace would only hide it.
      LOG.error("cannot start: {}", e.getMessage());
      return 1;
    }
    try {
      Logging.start(config.log().level());
      config.warnings().forEach(w -> LOG.atWarn().addKeyValue("line", w.line()).log(w.toString()));
      return run(config, passedSocket());
    } catch (IOException e) {
      LOG.atError().setCause(e).log("cannot start: " + e.getMessage());
      return 1;
    }
  }

  private Optional<ActivatedSocket> passedSocket() throws IOException {
    return DaemonPlaces.takesActivation(address)
        ? ActivatedSocket.of(System.getenv())
        : Optional.empty();
  }

  private static int run(Config config, Optional<ActivatedSocket> passed) throws IOException {
    long start = System.nanoTime();
    // The signals are heard before the daemon stands: one during the start takes it apart too.
    StopSignals signals = StopSignals.listen(Duration.ofSeconds(STOP_SECONDS));
    SystemdNotify systemd = new SystemdNotify(System.getenv());
    try (Daemon daemon = Daemon.start(config, System.getenv(), passed)) {
      LOG.atInfo()
          .addKeyValue("address", daemon.socket().toString())
          .addKeyValue("root", config.root().toString())
          .addKeyValue("inflate", Inflater.fastest().name().toLowerCase(Locale.ROOT))
          .addKeyValue("startMillis", (System.nanoTime() - start) / 1_000_000)
          .log("thawd is ready");
      systemd.send("READY=1");
      StopSignals.Stop stop = awaitWatched(daemon, systemd, signals);
      LOG.atInfo().addKeyValue("signal", stop.signal()).log("stopping");
      systemd.send("STOPPING=1");
      if (stop == StopSignals.Stop.CLEAN_UP) {
        daemon.endMounts();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      signals.stopped();
    }
    return 0;
  }

  private static StopSignals.Stop awaitWatched(
      Daemon daemon, SystemdNotify systemd, StopSignals signals) throws InterruptedException {
    try (SocketProbe probe = new SocketProbe(daemon.socket())) {
      Optional<Watchdog> watchdog = Watchdog.start(System.getenv(), systemd, probe::answers);
      try {
        return signals.await();
      } finally {
        watchdog.ifPresent(Watchdog::close);
      }
    }
  }

  private Config config() throws IOException {
    Config config = loaded();
    if (root != null) {
      config = config.withRoot(root.toAbsolutePath());
    }
    config = config.withAddress(places.address(address, config.address()));
    if (logLevel != null) {
      String level = SOCI_LEVELS.getOrDefault(logLevel, logLevel);
      requireLevel(level);
      config = config.withLog(new LogConfig(level));
    }
    return config;
  }

  private static void requireLevel(String level) throws IOException {
    if (!LEVELS.contains(level)) {
      throw new IOException("--log-level " + level + ": expected one of " + LEVELS);
    }
  }

  private Config loaded() throws IOException {
    if (configFile != null) {
      return Config.load(configFile);
    }
    return Files.exists(places.config()) ? Config.load(places.config()) : Config.defaults();
  }

  /// `--version`.
  static final class Version implements CommandLine.IVersionProvider {
    private @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public String[] getVersion() {
      String version = ThawdMain.class.getPackage().getImplementationVersion();
      String own = "thawd " + (version == null ? "(development)" : version);
      DaemonPlaces places = ((ThawdMain) spec.root().userObject()).places;
      return new String[] {places.isSoci() ? places.program() + " version, served by " + own : own};
    }
  }
}
