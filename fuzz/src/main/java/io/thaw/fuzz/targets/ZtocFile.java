package io.thaw.fuzz.targets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that every input of a target is written to, in memory if the system has such a place.
final class ZtocFile {
  private final Path path;

  private ZtocFile(Path path) {
    this.path = path;
  }

  static ZtocFile create() {
    Path shared = Path.of("/dev/shm");
    Path directory =
        Files.isWritable(shared) ? shared : Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    try {
      Path path = Files.createTempFile(directory, "thaw-fuzz-", ".ztoc");
      path.toFile().deleteOnExit();
      return new ZtocFile(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The file, which now has these bytes.
  Path with(byte[] bytes) {
    try {
      return Files.write(path, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path() {
    return path;
  }
}
