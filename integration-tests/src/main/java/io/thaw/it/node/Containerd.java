package io.thaw.it.node;

import io.grpc.StatusRuntimeException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A private containerd with its CRI plugin: own root, state, socket and configuration, no CNI
/// (pods use the host's network).
public final class Containerd implements AutoCloseable {
  private static final String PLAIN_HTTP =
      """
      server = "http://HOST"
      [host."http://HOST"]
        capabilities = ["pull", "resolve"]
      """;
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final Path dir;
  private final Path socket;
  private final ChildProcess process;
  private final CriClient cri;
  private final String ctr;
  private final String snapshotter;

  private Containerd(
      Path dir, Path socket, ChildProcess process, CriClient cri, String ctr, String snapshotter) {
    this.ctr = ctr;
    this.snapshotter = snapshotter;
    this.dir = dir;
    this.socket = socket;
    this.process = process;
    this.cri = cri;
  }

  /// How a containerd is set up.
  ///
  /// @param dir where everything of it lives
  /// @param log the file its log goes to
  /// @param proxySocket where the proxy snapshotter `thaw` listens; CRI uses it then, and
  ///     overlayfs otherwise
  /// @param sandboxImage the image that holds a pod open
  /// @param enter what is put before its command, see [io.thaw.it.net.NetNamespace#enter]
  /// @param program the program; its directory is searched first for the others it needs
  /// @param plainHttpHosts registries it speaks plain HTTP to, `host:port`, besides local ones
  public record Setup(
      Path dir,
      Path log,
      @Nullable Path proxySocket,
      String sandboxImage,
      List<String> enter,
      Path program,
      List<String> plainHttpHosts) {
    /// The distribution's containerd in this process's network.
    public static Setup in(Path dir, Path log, @Nullable Path proxySocket, String sandboxImage) {
      return new Setup(
          dir, log, proxySocket, sandboxImage, List.of(), Path.of("containerd"), List.of());
    }

    /// The same on another release.
    public Setup on(ContainerdRelease release) {
      return withProgram(release.program());
    }

    public Setup withEnter(List<String> command) {
      return new Setup(dir, log, proxySocket, sandboxImage, command, program, plainHttpHosts);
    }

    public Setup withProgram(Path file) {
      return new Setup(dir, log, proxySocket, sandboxImage, enter, file, plainHttpHosts);
    }

    public Setup withPlainHttpHosts(List<String> hosts) {
      return new Setup(dir, log, proxySocket, sandboxImage, enter, program, hosts);
    }
  }

  /// Starts the distribution's containerd below `dir`, logging to `log`; the parameters are those
  /// of [Setup].
  public static Containerd start(
      Path dir, Path log, @Nullable Path proxySocket, String sandboxImage) throws IOException {
    return start(Setup.in(dir, log, proxySocket, sandboxImage));
  }

  /// Starts containerd and returns once it answers.
  public static Containerd start(Setup setup) throws IOException {
    Path dir = setup.dir();
    Files.createDirectories(dir);
    Path socket = dir.resolve("c.sock");
    ContainerdConfig settings =
        new ContainerdConfig(dir, socket, setup.proxySocket(), setup.sandboxImage());
    Path config = settings.write(ContainerdRelease.versionOf(setup.program()));
    for (String host : setup.plainHttpHosts()) {
      Path hosts = Files.createDirectories(dir.resolve("certs.d").resolve(host));
      Files.writeString(hosts.resolve("hosts.toml"), PLAIN_HTTP.replace("HOST", host));
    }
    List<String> command = new ArrayList<>(setup.enter());
    command.addAll(List.of(setup.program().toString(), "--config", config.toString()));
    ChildProcess process =
        ChildProcess.start("containerd", command, environment(setup.program()), setup.log());
    CriClient cri = CriClient.connect(socket, dir.resolve("pods"));
    try {
      process.awaitReady(START_LIMIT, () -> Files.exists(socket) && answers(cri));
    } catch (IOException e) {
      cri.close();
      process.close();
      throw e;
    }
    return new Containerd(
        dir,
        socket,
        process,
        cri,
        setup.program().resolveSibling("ctr").toString(),
        settings.snapshotter());
  }

  private static Map<String, String> environment(Path program) {
    Path dir = program.getParent();
    return dir == null
        ? Map.of()
        : Map.of("PATH", dir + File.pathSeparator + System.getenv().getOrDefault("PATH", ""));
  }

  public long pid() {
    return process.pid();
  }

  public CriClient cri() {
    return cri;
  }

  /// The gRPC socket.
  public Path socket() {
    return socket;
  }

  /// Where containerd keeps what belongs to containers at run time; a container's root filesystem
  /// is mounted below it.
  public Path stateDir() {
    return dir.resolve("state");
  }

  /// Runs `ctr` in CRI's namespace and returns what it printed.
  public String ctr(String... arguments) throws IOException {
    return ctrIn("k8s.io", arguments);
  }

  /// Runs `ctr` in one of containerd's namespaces and returns what it printed.
  public String ctrIn(String namespace, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(ctr, "--address", socket.toString(), "--namespace", namespace));
    command.addAll(List.of(arguments));
    return Commands.run(command, Map.of());
  }

  /// The root filesystem of a container that exists, as the container sees it (without its own
  /// mounts).
  public Path rootfs(String containerId) {
    return stateDir().resolve("io.containerd.runtime.v2.task/k8s.io/" + containerId + "/rootfs");
  }

  /// Mounts an image that CRI has pulled, read-only, as a container of it would see it.
  ///
  /// @param chainId identifies the image's layers up to the topmost
  public ImageView view(String chainId, Path target) throws IOException {
    return ImageView.mount(socket, "k8s.io", snapshotter, chainId, target);
  }

  /// Pulls an image once more, the ordinary way and apart from everything CRI knows, and mounts
  /// it: what [#view] is to be compared with.
  public ImageView plainView(String reference, String chainId, Path target) throws IOException {
    ctrIn("plain", "images", "pull", "--plain-http", "--snapshotter", "overlayfs", reference);
    return ImageView.mount(socket, "plain", "overlayfs", chainId, target);
  }

  @Override
  public void close() throws IOException {
    try {
      if (process.alive()) {
        cri.removeEverything();
      }
    } catch (StatusRuntimeException e) {
      throw new IOException("containerd did not give up its pods: " + e.getStatus(), e);
    } finally {
      cri.close();
      process.close();
      endShims();
      Mounts.removeAllUnder(dir);
    }
  }

  private static boolean answers(CriClient cri) {
    try {
      return cri.version().startsWith("containerd");
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  // A shim outlives the containerd that started it; only shims of this socket are ours.
  private void endShims() throws IOException {
    for (ProcessHandle process : (Iterable<ProcessHandle>) ProcessHandle.allProcesses()::iterator) {
      if (isOurShim(process.pid())) {
        try (Stream<ProcessHandle> children = process.children()) {
          children.forEach(ProcessHandle::destroyForcibly);
        }
        process.destroyForcibly();
        Await.until(START_LIMIT, "a shim to end", () -> !process.isAlive());
      }
    }
  }

  private boolean isOurShim(long pid) {
    try {
      String command =
          Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
      return command.contains("containerd-shim") && command.contains("\0" + socket + "\0");
    } catch (IOException e) {
      return false; // ended meanwhile
    }
  }
}
