package io.thaw.cli.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// How much is sent to a registry at once.
public final class UploadOptions {
  private static final int DEFAULT = 3;
  private static final int MAX = 64;

  @Option(
      names = {"--max-concurrent-uploads", "--parallel"},
      paramLabel = "N",
      defaultValue = "" + DEFAULT,
      description = "Blobs sent at once; 0 for the default (default: ${DEFAULT-VALUE}).")
  private int parallel = DEFAULT;

  public int parallel(CommandSpec spec) {
    if (parallel < 0 || parallel > MAX) {
      throw new ParameterException(
          spec.commandLine(), "--max-concurrent-uploads must be between 0 and " + MAX);
    }
    return parallel == 0 ? DEFAULT : parallel;
  }
}
