package io.thaw.it.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.fuse.handover.Keeper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The daemon under test as a child process, on this JVM's own Java and class path.
public final class Thawd implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MAIN_CLASS = "io.thaw.daemon.main.ThawdMain";

  private final Path root;
  private final Path socket;
  private final ChildProcess process;

  private Thawd(Path root, Path socket, ChildProcess process) {
    this.root = root;
    this.socket = socket;
    this.process = process;
  }

  /// Where a daemon lives and how it is set up.
  ///
  /// @param root its store
  /// @param socket where containerd finds it
  /// @param log the file its log goes to; appended to when the daemon is started again
  /// @param dockerConfig the directory with the `config.json` that holds its credentials, or null
  ///     for the one of the user who runs this
  /// @param extraConfig further lines of TOML, top-level keys first
  /// @param launcher the command that starts it, `--config` and its value are added; empty for this
  ///     JVM's own Java and class path
  public record Setup(
      Path root,
      Path socket,
      Path log,
      @Nullable Path dockerConfig,
      String extraConfig,
      List<String> launcher) {
    /// The usual places below `dir`, without credentials.
    public static Setup in(Path dir, Path log) {
      return new Setup(
          dir.resolve("thaw"), dir.resolve("s.sock"), log, dir.resolve("docker"), "", List.of());
    }

    /// With the credentials of the user who runs this, if so wished.
    public Setup withCredentialsOfUser(boolean wished) {
      return wished ? new Setup(root, socket, log, null, extraConfig, launcher) : this;
    }

    public Setup withExtraConfig(String toml) {
      return new Setup(root, socket, log, dockerConfig, toml, launcher);
    }

    public Setup withLauncher(List<String> command) {
      return new Setup(root, socket, log, dockerConfig, extraConfig, command);
    }
  }

  /// Starts the daemon and returns once it answers.
  public static Thawd start(Setup setup) throws IOException {
    Files.createDirectories(setup.root());
    Path credentials = setup.dockerConfig();
    Map<String, String> environment =
        credentials == null
            ? Map.of()
            : Map.of("DOCKER_CONFIG", Files.createDirectories(credentials).toString());
    Path config = setup.root().resolveSibling("thawd.toml");
    Files.writeString(config, toml(setup));
    ChildProcess process =
        ChildProcess.start("thawd", command(setup, config), environment, setup.log());
    try {
      process.awaitReady(START_LIMIT, () -> SnapshotsClient.answers(setup.socket()));
    } catch (IOException e) {
      process.close();
      throw e;
    }
    return new Thawd(setup.root(), setup.socket(), process);
  }

  public Path root() {
    return root;
  }

  public Path socket() {
    return socket;
  }

  public long pid() {
    return process.pid();
  }

  /// The layers that are served through FUSE now.
  public List<Mounts.Entry> lazyMounts() throws IOException {
    return Mounts.fuseUnder(root);
  }

  /// How many indexed layers have filled in and become ordinary directories, by their records on
  /// disk.
  public int settledLayers() throws IOException {
    Path layers = root.resolve("layers");
    int settled = 0;
    try (Stream<Path> dirs = Files.list(layers)) {
      for (Path dir : (Iterable<Path>) dirs::iterator) {
        Path record = dir.resolve("layer.json");
        if (Files.isRegularFile(record)) {
          JsonNode json = JSON.readTree(Files.readAllBytes(record));
          settled += json.has("ztocDigest") && json.has("settled") ? 1 : 0;
        }
      }
    }
    return settled;
  }

  /// The directories of the layers it has, removed ones that are still being deleted left out.
  public List<Path> layerDirs() throws IOException {
    try (Stream<Path> dirs = Files.list(root.resolve("layers"))) {
      return dirs.filter(
              dir -> String.valueOf(dir.getFileName()).chars().allMatch(Character::isDigit))
          .toList();
    }
  }

  /// Everything the daemon has logged so far, in all its lives.
  public String log() throws IOException {
    return Files.readString(process.log());
  }

  /// Stops the daemon as systemd does; the exit status is returned.
  public int stop() throws IOException {
    return stop(Duration.ofSeconds(30));
  }

  /// As [#stop()], with another limit.
  public int stop(Duration limit) throws IOException {
    return process.stop(limit);
  }

  /// Stops the daemon for good, as Ctrl-C does; the exit status is returned.
  public int interrupt() throws IOException {
    return process.interrupt(Duration.ofSeconds(60));
  }

  /// Ends the daemon without warning.
  public void kill() throws IOException {
    process.kill();
  }

  @Override
  public void close() throws IOException {
    try {
      process.close();
    } finally {
      // Asked first: a root on a disk of its own is unmounted with the rest.
      Optional<ProcessHandle> keeper = Keeper.find(root.toRealPath());
      Mounts.removeAllUnder(root);
      keeper.ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private static String toml(Setup setup) {
    return """
    root = "%s"
    address = "%s"
    %s
    """
        .formatted(setup.root(), setup.socket(), setup.extraConfig());
  }

  private static List<String> command(Setup setup, Path config) {
    List<String> command = new ArrayList<>(setup.launcher());
    if (command.isEmpty()) {
      command.addAll(ownJava());
    }
    command.addAll(List.of("--config", config.toString()));
    return command;
  }

  /// What starts the daemon from this JVM's Java and class path, without arguments.
  public static List<String> ownJava() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-Xmx512m",
            "-cp",
            classPath(),
            MAIN_CLASS));
    return command;
  }

  // Relative entries are made absolute: the process may run elsewhere.
  static String classPath() {
    List<String> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      entries.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, entries);
  }
}
