package io.thaw.cli.options;

import picocli.CommandLine.Option;

/// `--standalone`.
public final class StandaloneOption {
  @Option(
      names = "--standalone",
      description =
          "Take names without registry:// for OCI image layouts in files, and leave containerd"
              + " alone.")
  private boolean standalone;

  public boolean value() {
    return standalone;
  }
}
