package io.thaw.cli;

import io.thaw.cli.daemon.ProfileExportCommand;
import io.thaw.cli.daemon.ProfileImportCommand;
import io.thaw.cli.daemon.ProfileRecordCommand;
import io.thaw.cli.daemon.ProfileRemoveCommand;
import io.thaw.cli.daemon.ProfileShowCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `thaw profile`.
@Command(
    name = "profile",
    mixinStandardHelpOptions = true,
    description = "Record what starts of images need, and let other nodes fetch it first.",
    subcommands = {
      ProfileRecordCommand.class,
      ProfileShowCommand.class,
      ProfileExportCommand.class,
      ProfileImportCommand.class,
      ProfileAttachCommand.class,
      ProfileRemoveCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw profile show registry.example.com/team/app:1",
      "  thaw profile attach registry.example.com/team/app:1"
    })
final class ProfileCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a command: record, show, export, import, attach or remove");
  }
}
