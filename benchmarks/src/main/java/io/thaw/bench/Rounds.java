package io.thaw.bench;

import picocli.CommandLine.Option;

/// The option that says how often something is measured.
final class Rounds {
  @Option(
      names = {"--rounds", "--runs"},
      defaultValue = "5",
      paramLabel = "N",
      description = "how often everything is measured in turn (default: ${DEFAULT-VALUE})")
  private int count = 5;

  /// @throws IllegalArgumentException if it is less than 1
  int count() {
    if (count < 1) {
      throw new IllegalArgumentException("--runs is " + count + ", it must be at least 1");
    }
    return count;
  }
}
