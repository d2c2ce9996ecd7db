package io.thaw.it.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.config.Shipped;
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

/// A private Docker engine: own data, state and socket, and no network but the host's and none, so
/// that the host's firewall and interfaces stay as they are. Its programs are fetched, not
/// installed (`integration-tests/fetch-callers`).
public final class Dockerd implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DIR = ContainerdRelease.callers().resolve("docker/usr");
  private static final Path PROGRAM = DIR.resolve("sbin/dockerd");
  private static final Path CLIENT = DIR.resolve("bin/docker");

  private final Path dir;
  private final ChildProcess process;

  private Dockerd(Path dir, ChildProcess process) {
    this.dir = dir;
    this.process = process;
  }

  /// Why it cannot run here; empty if it can.
  public static Optional<String> unusable() {
    Optional<String> containerd = ContainerdRelease.V2.unusable();
    if (containerd.isPresent()) {
      return containerd;
    }
    try {
      Commands.run(PROGRAM.toString(), "--version");
    } catch (IOException e) {
      return Optional.of(
          "docker cannot be run here; ./dev setup fetches it where Debian's archive can be"
              + " reached");
    }
    boolean groups =
        Stream.of("cgroup.controllers", "devices")
            .anyMatch(name -> Files.exists(Path.of("/sys/fs/cgroup", name)));
    return groups
        ? Optional.empty()
        : Optional.of("dockerd needs the control group of devices, and it is not mounted here");
  }

  /// Starts an engine that keeps its images in a containerd with our plugin, by the `daemon.json`
  /// that ships.
  public static Dockerd startOn(Path containerdSocket, Path dir, Path log) throws IOException {
    ObjectNode settings = (ObjectNode) JSON.readTree(Shipped.text("docker/daemon.json"));
    settings.put("containerd", containerdSocket.toString());
    return start(settings, dir, dir.resolve("data"), log);
  }

  /// Starts an engine with a containerd and images of its own, as one is installed.
  ///
  /// @param data where it keeps images and volumes, also for the next one
  public static Dockerd startPlain(Path dir, Path data, Path log) throws IOException {
    return start(JSON.createObjectNode(), dir, data, log);
  }

  private static Dockerd start(ObjectNode settings, Path dir, Path data, Path log)
      throws IOException {
    Files.createDirectories(dir);
    settings.put("data-root", data.toString());
    settings.put("exec-root", dir.resolve("x").toString());
    settings.put("pidfile", dir.resolve("d.pid").toString());
    settings.putArray("hosts").add("unix://" + socket(dir));
    settings.put("iptables", false).put("ip6tables", false).put("bridge", "none");
    Path config = dir.resolve("daemon.json");
    Files.writeString(config, settings.toPrettyString());
    String path =
        DIR.resolve("sbin")
            + File.pathSeparator
            + ContainerdRelease.V2.program().getParent()
            + File.pathSeparator
            + System.getenv().getOrDefault("PATH", "");
    ChildProcess process =
        ChildProcess.start(
            "dockerd",
            List.of(PROGRAM.toString(), "--config-file", config.toString()),
            Map.of("PATH", path),
            log);
    Dockerd dockerd = new Dockerd(dir, process);
    try {
      process.awaitReady(START_LIMIT, dockerd::answers);
    } catch (IOException e) {
      process.close();
      throw e;
    }
    return dockerd;
  }

  /// Where its API is.
  public Path socket() {
    return socket(dir);
  }

  private static Path socket(Path dir) {
    return dir.resolve("d.sock");
  }

  /// Runs `docker` and returns what it printed, errors included.
  public String docker(String... arguments) throws IOException {
    return docker(null, arguments);
  }

  /// As [#docker(String...)], in `workDir`.
  public String docker(@Nullable Path workDir, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(CLIENT.toString(), "--host", "unix://" + socket()));
    command.addAll(List.of(arguments));
    // No login of the user who runs this, and no plugin of the host's.
    Map<String, String> environment =
        Map.of("DOCKER_CONFIG", dir.resolve("client").toString(), "DOCKER_BUILDKIT", "0");
    return Commands.run(command, environment, workDir);
  }

  /// Stops it as systemd does; containers end with it. The exit status is returned.
  public int stop() throws IOException {
    return process.stop(Duration.ofSeconds(60));
  }

  private boolean answers() {
    try {
      docker("version");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    process.close();
    Mounts.removeAllUnder(dir);
  }
}
