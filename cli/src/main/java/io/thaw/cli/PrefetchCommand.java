package io.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `thaw prefetch`.
@Command(
    name = "prefetch",
    mixinStandardHelpOptions = true,
    description = "List and show prefetch artifacts, which say what to fetch before a start.",
    subcommands = {PrefetchListCommand.class, PrefetchInfoCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {"  thaw prefetch ls", "  thaw prefetch info sha256:…"})
final class PrefetchCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command: list or info");
  }
}
