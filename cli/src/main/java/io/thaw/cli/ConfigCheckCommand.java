package io.thaw.cli;

import io.thaw.config.Config;
import io.thaw.config.ConfigWarning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw config check`.
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Check a configuration of thawd without starting anything.",
      "",
      "Says what is wrong or odd, each with file, line and key."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw config check",
      "  thaw config check --strict ./thaw.toml",
      "",
      "Exit codes: 0 thawd would start with it, 1 it would not (or, with --strict, something is odd),",
      "2 wrong usage."
    })
final class ConfigCheckCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      defaultValue = "/etc/thaw/config.toml",
      description = "Configuration file (default: ${DEFAULT-VALUE}).")
  private Path file = Config.DEFAULT_PATH;

  @Option(names = "--strict", description = "Warnings are errors.")
  private boolean strict;

  @Override
  public Integer call() throws IOException {
    List<ConfigWarning> warnings = Config.load(file).warnings();
    Shell shell = Shell.of(spec);
    warnings.forEach(warning -> shell.err().println("thaw: warning: " + warning));
    if (strict && !warnings.isEmpty()) {
      return 1;
    }
    shell.out().println(file + " is valid.");
    return 0;
  }
}
