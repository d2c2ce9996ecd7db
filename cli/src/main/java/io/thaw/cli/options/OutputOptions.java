package io.thaw.cli.options;

import picocli.CommandLine.Option;

/// How a command that does something tells about it.
public final class OutputOptions {
  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors, and digests where a command yields them.")
  private boolean quiet;

  public boolean json() {
    return json;
  }

  public boolean quiet() {
    return quiet;
  }
}
