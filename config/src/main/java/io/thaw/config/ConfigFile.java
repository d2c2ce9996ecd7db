package io.thaw.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads configuration files, which are small.
final class ConfigFile {
  private static final long MAX_BYTES = 1 << 20;

  private ConfigFile() {}

  /// @param remedy what to do if there is no such file
  static String read(Path file, String remedy) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("%s is not a file that can be read; %s".formatted(file, remedy));
    }
    long size = Files.size(file);
    if (size > MAX_BYTES) {
      throw new IOException(
          "%s has %d bytes; a configuration file has at most %d".formatted(file, size, MAX_BYTES));
    }
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
