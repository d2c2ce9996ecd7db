package io.thaw.cli.builder;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `thaw builder`.
@Command(
    name = "builder",
    mixinStandardHelpOptions = true,
    description = {
      "A service that indexes images when they are pushed.",
      "",
      "Registries tell it about pushes; it indexes registry to registry and pushes the result"
          + " beside the image."
    },
    subcommands = {
      BuilderRunCommand.class,
      BuilderCheckCommand.class,
      BuilderSubmitCommand.class,
      BuilderStatusCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw builder check --example > /etc/thaw/builder.toml",
      "  thaw builder run --config /etc/thaw/builder.toml",
      "  thaw builder submit registry.example.com/apps/web:1.0",
      "  thaw builder status --json",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage."
    })
public final class BuilderCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a command; \"thaw builder --help\" lists them");
  }
}
