package io.thaw.cli.builder;

import io.thaw.config.BuilderConfig;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// `--config`, which all of the builder's commands take.
final class ConfigOption {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The builder's configuration (default: ${DEFAULT-VALUE}).",
      defaultValue = "/etc/thaw/builder.toml")
  private Path file = BuilderConfig.DEFAULT_PATH;

  Path file() {
    return file;
  }

  BuilderConfig load() throws IOException {
    return BuilderConfig.load(file);
  }
}
