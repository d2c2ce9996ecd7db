package io.thaw.bench.start;

import io.thaw.it.net.NetLink;
import io.thaw.it.node.ChildProcess;
import io.thaw.it.node.Mounts;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// A snapshotter's daemon that runs in the near namespace of a link.
interface Daemon extends AutoCloseable {
  Path socket();

  long pid();

  /// Layers served through FUSE now.
  int lazyLayers() throws IOException;

  /// How many lazy layers have become ordinary directories; empty if there is no telling.
  OptionalInt settledLayers() throws IOException;

  @Override
  void close() throws IOException;

  /// Starts our own daemon below `dir`.
  ///
  /// @param recording where a flight recording of it goes when it ends, or null for none
  static Daemon start(Subject.Thaw thaw, NetLink link, Path dir, Path log, @Nullable Path recording)
      throws IOException {
    List<String> launcher = new ArrayList<>(link.near().enter());
    if (recording != null) {
      launcher.addAll(List.of("env", "THAW_JAVA_OPTS=" + recorder(recording)));
    }
    launcher.add(thaw.launcher().toString());
    Thawd thawd =
        Thawd.start(Thawd.Setup.in(dir, log).withExtraConfig(thaw.config()).withLauncher(launcher));
    return new Daemon() {
      @Override
      public Path socket() {
        return thawd.socket();
      }

      @Override
      public long pid() {
        return thawd.pid();
      }

      @Override
      public int lazyLayers() throws IOException {
        return thawd.lazyMounts().size();
      }

      @Override
      public OptionalInt settledLayers() throws IOException {
        return OptionalInt.of(thawd.settledLayers());
      }

      @Override
      public void close() throws IOException {
        thawd.close();
      }
    };
  }

  private static String recorder(Path recording) {
    String own = System.getenv().getOrDefault("THAW_JAVA_OPTS", "");
    // The launcher splits options at blanks.
    if (recording.toString().chars().anyMatch(Character::isWhitespace)) {
      throw new IllegalArgumentException(
          "a flight recording cannot go to a path with blanks: " + recording);
    }
    return own + " -XX:StartFlightRecording=settings=profile,filename=" + recording;
  }

  /// Starts somebody else's daemon, with `dir` for its files.
  static Daemon start(Subject.Other other, NetLink link, String registry, Path dir, Path log)
      throws IOException {
    List<String> command = new ArrayList<>(link.near().enter());
    command.addAll(List.of("bash", "-c", "exec " + other.command()));
    Map<String, String> environment =
        Map.of("THAW_BENCH_ROOT", dir.toString(), "THAW_BENCH_REGISTRY", registry);
    ChildProcess process = ChildProcess.start(other.name(), command, environment, log);
    try {
      process.awaitReady(Duration.ofSeconds(60), () -> SnapshotsClient.answers(other.socket()));
    } catch (IOException e) {
      process.close();
      throw e;
    }
    return new Daemon() {
      @Override
      public Path socket() {
        return other.socket();
      }

      @Override
      public long pid() {
        return process.pid();
      }

      @Override
      public int lazyLayers() throws IOException {
        return Mounts.fuseUnder(dir).size();
      }

      @Override
      public OptionalInt settledLayers() {
        return OptionalInt.empty();
      }

      @Override
      public void close() throws IOException {
        try {
          process.close();
        } finally {
          Mounts.removeAllUnder(dir);
        }
      }
    };
  }
}
