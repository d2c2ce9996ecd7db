package io.thaw.cli.options;

import io.thaw.index.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// Which platforms of an image a command works on.
public final class PlatformOptions {
  @Option(
      names = {"-p", "--platform"},
      paramLabel = "OS/ARCH",
      split = ",",
      converter = PlatformConverter.class,
      description = "Platform to work on; may be repeated.")
  private List<Platform> platforms = new ArrayList<>();

  @Option(names = "--all-platforms", description = "Work on all platforms of the image.")
  private boolean all;

  /// What was asked for; empty for all.
  ///
  /// @param otherwise what it means that neither option is given; empty for all
  public List<Platform> platforms(CommandSpec spec, List<Platform> otherwise) {
    if (all && !platforms.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--platform and --all-platforms exclude each other");
    }
    if (all) {
      return List.of();
    }
    return platforms.isEmpty() ? otherwise : List.copyOf(platforms);
  }
}
