package io.thaw.cli;

import io.thaw.cli.builder.BuilderCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The `thaw` command. Exit codes: 0 done, 1 failed, 2 wrong usage.
@Command(
    name = "thaw",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Makes container images start before they have arrived.",
    subcommands = {
      ConvertCommand.class,
      PushCommand.class,
      ZtocCommand.class,
      BuilderCommand.class,
      VersionCommand.class,
      GenerateCompletion.class,
      CommandLine.HelpCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw convert --standalone --format oci-dir image/ image-lazy/",
      "  thaw push --layout image-lazy/ registry.example.com/app:1.0",
      "  thaw ztoc info --json layer.ztoc",
      "  source <(thaw generate-completion)",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage."
    })
public final class ThawMain implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of a failure.")
  private boolean debug;

  /// Runs the command and ends the process with its exit code.
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = run(out, err, args);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /// Runs the command in this process.
  ///
  /// @return the exit code
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    ThawMain main = new ThawMain();
    CommandLine commandLine = new CommandLine(main, defaultFactory());
    commandLine.setOut(out);
    commandLine.setErr(err);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setParameterExceptionHandler(ThawMain::explainUsage);
    commandLine.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          command.getErr().println("thaw: " + Failures.oneLine(failure));
          if (main.debug) {
            failure.printStackTrace(command.getErr());
          }
          return 1;
        });
    return commandLine.execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command; \"thaw --help\" lists them");
  }

  private static IFactory defaultFactory() {
    return CommandLine.defaultFactory();
  }

  private static int explainUsage(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("thaw: " + failure.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
    err.println("Try \"" + command.getCommandSpec().qualifiedName() + " --help\".");
    return 2;
  }
}
