package io.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `thaw index`.
@Command(
    name = "index",
    mixinStandardHelpOptions = true,
    description = "List, show and remove the SOCI indexes of the store.",
    subcommands = {IndexListCommand.class, IndexInfoCommand.class, IndexRemoveCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw index ls",
      "  thaw index info sha256:…",
      "  thaw index rm --ref docker.io/library/python:3"
    })
final class IndexCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command: list, info or remove");
  }
}
