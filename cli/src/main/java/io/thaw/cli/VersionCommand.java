package io.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `thaw version`.
@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    description = "Print the version and the formats this build reads and writes.")
final class VersionCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().getOut().println(Version.text());
  }
}
