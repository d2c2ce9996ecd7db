package io.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `thaw config`.
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = "Look at the daemon's configuration.",
    subcommands = {ConfigCheckCommand.class, ConfigDumpCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {"  thaw config check ./thaw.toml", "  thaw config dump"})
final class ConfigCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command: check or dump");
  }
}
