package io.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `thaw ztoc`.
@Command(
    name = "ztoc",
    mixinStandardHelpOptions = true,
    description = "Make and inspect zTOCs, the tables that make one layer seekable.",
    subcommands = {ZtocCreateCommand.class, ZtocInfoCommand.class, ZtocListCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw ztoc create layer.tar.gz layer.ztoc",
      "  thaw ztoc info layer.ztoc",
      "  thaw ztoc ls layer.ztoc"
    })
final class ZtocCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command: create, info or ls");
  }
}
