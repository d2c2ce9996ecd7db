package io.thaw.it.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A systemd of its own, with no units but those it is given; `systemd.sh` says how. When it is
/// closed, all its processes and mounts are gone with its namespaces.
public final class Systemd implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final List<String> TARGETS =
      List.of(
          "default",
          "sysinit",
          "basic",
          "sockets",
          "shutdown",
          "umount",
          "multi-user",
          "network",
          "local-fs",
          "paths",
          "timers",
          "slices");

  private final Path dir;
  private final Path script;
  private final ChildProcess process;
  private final long init;

  private Systemd(Path dir, Path script, ChildProcess process, long init) {
    this.dir = dir;
    this.script = script;
    this.process = process;
    this.init = init;
  }

  /// Why it cannot run here; empty if it can.
  public static Optional<String> unusable() {
    for (String program : List.of("/usr/lib/systemd/systemd", "/usr/bin/systemctl")) {
      if (!Files.isExecutable(Path.of(program))) {
        return Optional.of("no " + program + " (package systemd): no tests under a real systemd");
      }
    }
    return Optional.empty();
  }

  /// Starts it.
  ///
  /// @param dir of its own, with a name nobody else uses
  /// @param units texts by name, such as `thawd.service` or `thawd.service.d/it.conf`
  public static Systemd start(Path dir, Path log, Map<String, String> units) throws IOException {
    Path unitDir = Files.createDirectories(dir.resolve("units"));
    Files.createDirectories(dir.resolve("conf/system"));
    for (String target : TARGETS) {
      String text = "[Unit]\nDescription=" + target + "\nDefaultDependencies=no\n";
      Files.writeString(unitDir.resolve(target + ".target"), text);
    }
    for (Map.Entry<String, String> unit : units.entrySet()) {
      Path file = unitDir.resolve(unit.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, unit.getValue());
    }
    Path script = script(dir);
    ChildProcess process =
        ChildProcess.start(
            "systemd", List.of(script.toString(), "start", dir.toString()), Map.of(), log);
    Systemd started = null;
    try {
      process.awaitReady(LIMIT, () -> init(process).filter(Systemd::isRunning).isPresent());
      started = new Systemd(dir, script, process, init(process).orElseThrow());
      return started;
    } finally {
      if (started == null) {
        init(process).flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
        process.kill();
        Commands.run(script.toString(), "clean", dir.toString());
      }
    }
  }

  /// Adds a unit or changes one, and has it read.
  ///
  /// @param name as with [#start]
  public void unit(String name, String text) throws IOException {
    Path file = dir.resolve("units").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    systemctl("daemon-reload");
  }

  /// Runs `systemctl` with it.
  public String systemctl(String... arguments) throws IOException {
    return run(init, "systemctl", arguments);
  }

  /// One property of a unit.
  public String property(String unit, String name) throws IOException {
    return systemctl("show", "--value", "-p", name, unit).strip();
  }

  /// A file as it sees it, by a path that works outside.
  public Path path(String inside) {
    return Path.of("/proc/" + init + "/root" + inside);
  }

  /// The mount table of one of its processes, by the pid it has inside; its own for 1.
  public List<Mounts.Entry> mounts(String insidePid) throws IOException {
    return Mounts.parse(run(init, "cat", "/proc/" + insidePid + "/mountinfo").lines().toList());
  }

  @Override
  public void close() throws IOException {
    // systemd's first process takes no SIGTERM; the others end with it.
    process.kill();
    ProcessHandle.of(init).ifPresent(ProcessHandle::destroyForcibly);
    Await.until(LIMIT, "systemd to end", () -> ProcessHandle.of(init).isEmpty());
    Await.until(LIMIT, "systemd's control groups to go", this::cleaned);
  }

  private boolean cleaned() {
    try {
      Commands.run(script.toString(), "clean", dir.toString());
      return true;
    } catch (IOException e) {
      return false; // a process in it is still ending
    }
  }

  /// The first process of the new namespaces: a child that is not in ours. The script has others
  /// before it.
  private static Optional<Long> init(ChildProcess process) {
    return ProcessHandle.of(process.pid()).stream()
        .flatMap(ProcessHandle::children)
        .map(ProcessHandle::pid)
        .filter(Systemd::isInOtherNamespace)
        .findFirst();
  }

  private static boolean isInOtherNamespace(long pid) {
    try {
      Path own = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt"));
      return !Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/mnt")).equals(own)
          && !Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid"))
              .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/pid")));
    } catch (IOException e) {
      return false; // ended meanwhile
    }
  }

  private static boolean isRunning(long init) {
    try {
      return run(init, "systemctl", "is-system-running").strip().equals("running");
    } catch (IOException e) {
      return false;
    }
  }

  private static String run(long init, String program, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(init), "-m", "-p", program));
    command.addAll(List.of(arguments));
    return Commands.run(command, Map.of());
  }

  private static Path script(Path dir) throws IOException {
    Path script = dir.resolve("systemd.sh");
    try (InputStream in = Systemd.class.getResourceAsStream("systemd.sh")) {
      if (in == null) {
        throw new IOException("systemd.sh is missing from the class path");
      }
      Files.write(script, in.readAllBytes());
    }
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }
}
