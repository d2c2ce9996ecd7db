package io.thaw.cli.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `--span-size`.
public final class SpanSizeOption {
  @Option(
      names = "--span-size",
      paramLabel = "SIZE",
      defaultValue = "4MiB",
      converter = ByteSize.Converter.class,
      description =
          "Uncompressed bytes between two places a layer can be entered at"
              + " (default: ${DEFAULT-VALUE}).")
  private ByteSize spanSize = new ByteSize(0);

  /// The size, at least 1.
  public long bytes(CommandSpec spec) {
    if (spanSize.bytes() < 1) {
      throw new ParameterException(spec.commandLine(), "--span-size must be at least 1 byte");
    }
    return spanSize.bytes();
  }
}
