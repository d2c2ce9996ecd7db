package io.thaw.bench.image;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A directory of wheels; what is missing comes from the package index that pip is set up for.
final class WheelStore {
  private static final Map<String, String> PIP = Map.of("PIP_RETRIES", "0");

  private final Path dir;
  private final Consumer<String> progress;
  private final Download download;

  /// Brings wheels into a directory.
  @FunctionalInterface
  interface Download {
    /// Brings the wheels of a requirement, and of all it needs.
    ///
    /// @param requirement as pip takes it, such as `numpy==2.4.*`
    /// @throws IOException if there is no such wheel
    void into(Path dir, String requirement) throws IOException;
  }

  WheelStore(Path dir, Consumer<String> progress) {
    this(dir, progress, WheelStore::pip);
  }

  WheelStore(Path dir, Consumer<String> progress, Download download) {
    this.dir = dir;
    this.progress = progress;
    this.download = download;
  }

  /// The file of `wheel`, or of the nearest version there is; which one that is, is said.
  Path get(Wheel wheel) throws IOException {
    Files.createDirectories(dir);
    Optional<Path> here = find(wheel, wheel.version() + "-");
    if (here.isPresent()) {
      return here.get();
    }
    IOException failure = null;
    for (String requirement : requirements(wheel)) {
      try {
        progress.accept("fetching " + requirement);
        download.into(dir, requirement);
      } catch (IOException e) {
        failure = failure == null ? e : failure;
        continue;
      }
      Optional<Path> exact = find(wheel, wheel.version() + "-");
      if (exact.isPresent()) {
        return exact.get();
      }
      Path nearest =
          find(wheel, "")
              .orElseThrow(() -> new IOException("pip downloaded no wheel of " + requirement));
      progress.accept("%s is not to be had; using %s".formatted(wheel, nearest.getFileName()));
      return nearest;
    }
    throw new IOException("Could not get a wheel of " + wheel + " into " + dir, failure);
  }

  /// The exact version first, then the same minor one, the same major one, and any.
  static Set<String> requirements(Wheel wheel) {
    String release = wheel.version().split("\\+", 2)[0];
    String[] parts = release.split("\\.", -1);
    Set<String> all = new LinkedHashSet<>();
    all.add(wheel.toString());
    all.add(wheel.name() + "==" + release);
    if (parts.length > 2) {
      all.add(wheel.name() + "==" + parts[0] + "." + parts[1] + ".*");
    }
    all.add(wheel.name() + "==" + parts[0] + ".*");
    all.add(wheel.name());
    return all;
  }

  private static void pip(Path dir, String requirement) throws IOException {
    Commands.run(
        List.of(
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--python-version",
            "3.11",
            "--dest",
            dir.toString(),
            requirement),
        PIP);
  }

  private Optional<Path> find(Wheel wheel, String version) throws IOException {
    String prefix = wheel.fileNamePrefix() + version;
    try (Stream<Path> files = Files.list(dir)) {
      return files
          .filter(file -> normalised(file).startsWith(prefix) && normalised(file).endsWith(".whl"))
          .max(Path::compareTo);
    }
  }

  private static String normalised(Path file) {
    String name = String.valueOf(file.getFileName());
    int dash = name.indexOf('-');
    return dash < 0
        ? name
        : new Wheel(name.substring(0, dash), "").fileNamePrefix() + name.substring(dash + 1);
  }
}
