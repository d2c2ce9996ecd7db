package io.thaw.cli.builder.work;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// Where jobs put what they are working on; nothing in it outlives the process.
record WorkDirectory(Path root) {

  /// An empty directory for a job.
  Path open(long job) throws IOException {
    Path dir = root.resolve(String.valueOf(job));
    remove(dir);
    return Files.createDirectories(dir);
  }

  /// Removes what an earlier process has left.
  void clear() throws IOException {
    Files.createDirectories(root);
    try (Stream<Path> leftovers = Files.list(root)) {
      for (Path leftover : leftovers.toList()) {
        remove(leftover);
      }
    }
  }

  static void remove(Path dir) throws IOException {
    if (!Files.exists(dir)) {
      return;
    }
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
