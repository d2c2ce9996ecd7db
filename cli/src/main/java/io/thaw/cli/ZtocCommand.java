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
    subcommands = {
      ZtocListCommand.class,
      ZtocInfoCommand.class,
      ZtocGetFileCommand.class,
      ZtocCreateCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw ztoc ls",
      "  thaw ztoc create layer.tar.gz layer.ztoc",
      "  thaw ztoc get-file --layer layer.tar.gz layer.ztoc /etc/os-release"
    })
final class ZtocCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a command: list, info, get-file or create");
  }
}
