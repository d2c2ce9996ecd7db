package io.thaw.bench.start;

import java.nio.file.Path;

/// A snapshotter that is measured.
public sealed interface Subject {
  /// Its name in the report.
  String name();

  /// Our daemon.
  ///
  /// @param launcher the program that starts it
  /// @param config lines of TOML
  record Thaw(Path launcher, String config) implements Subject {
    @Override
    public String name() {
      return "thaw";
    }
  }

  /// containerd's own, the reference.
  record Overlayfs() implements Subject {
    @Override
    public String name() {
      return "overlayfs";
    }
  }

  /// Somebody else's.
  ///
  /// @param socket where it listens
  /// @param command starts it in the foreground; a line for bash, which finds a fresh directory in
  ///     `$THAW_BENCH_ROOT` and the registry's `host:port` in `$THAW_BENCH_REGISTRY`
  record Other(String name, Path socket, String command) implements Subject {}
}
