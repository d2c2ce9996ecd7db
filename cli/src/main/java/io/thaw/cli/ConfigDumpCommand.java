package io.thaw.cli;

import io.thaw.config.Config;
import io.thaw.config.ConfigDump;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `thaw config dump`.
@Command(
    name = "dump",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Print the configuration thawd uses, as TOML, each value with where it comes from.",
      "",
      "Values of keys that hold secrets are shown as ***. The output is a valid configuration."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw config dump",
      "  thaw config dump --config ./thaw.toml | grep -v default",
      "  thaw config dump --default > config.toml",
      "",
      "Exit codes: 0 printed, 1 the file is wrong or cannot be read, 2 wrong usage."
    })
final class ConfigDumpCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration file (default: /etc/thaw/config.toml, if it is there).")
  private @Nullable Path file;

  @Option(names = "--default", description = "Print what applies without a file.")
  private boolean defaults;

  @Override
  public Integer call() throws IOException {
    if (defaults && file != null) {
      throw new ParameterException(spec.commandLine(), "--config and --default exclude each other");
    }
    Path used = file != null ? file : Config.DEFAULT_PATH;
    boolean none = defaults || (file == null && !Files.exists(used));
    Shell.of(spec).out().print(none ? ConfigDump.ofDefaults() : ConfigDump.of(used));
    return 0;
  }
}
