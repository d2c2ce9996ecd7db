package io.thaw.cli;

import ch.qos.logback.classic.Level;
import io.thaw.cli.builder.BuilderCommand;
import io.thaw.cli.daemon.ExplainCommand;
import io.thaw.cli.daemon.PrewarmCommand;
import io.thaw.cli.daemon.StatusCommand;
import io.thaw.cli.daemon.TimelineCommand;
import io.thaw.cli.doctor.DoctorCommand;
import io.thaw.cli.options.GlobalOptions;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.time.Duration;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// The `thaw` command. Exit codes: 0 done, 1 failed, 2 wrong usage.
@Command(
    name = "thaw",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Makes container images start before they have arrived.",
    subcommands = {
      CreateCommand.class,
      ConvertCommand.class,
      PushCommand.class,
      AnalyzeCommand.class,
      StatusCommand.class,
      ExplainCommand.class,
      PrewarmCommand.class,
      ProfileCommand.class,
      TimelineCommand.class,
      DoctorCommand.class,
      IndexCommand.class,
      ZtocCommand.class,
      PrefetchCommand.class,
      RebuildDbCommand.class,
      BuilderCommand.class,
      ConfigCommand.class,
      VersionCommand.class,
      GenerateCompletion.class,
      CommandLine.HelpCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw convert registry://registry.example.com/app:1"
          + " registry://registry.example.com/app:1-soci",
      "  thaw convert --standalone --format oci-dir image/ image-lazy/",
      "  thaw create docker.io/library/python:3 && thaw push docker.io/library/python:3",
      "  thaw ztoc info --json layer.ztoc",
      "  thaw status --watch",
      "  source <(thaw generate-completion)",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage."
    })
public final class ThawMain implements Runnable {
  /// The system property that holds the name the command was called by.
  public static final String PROGRAM_PROPERTY = "thaw.program";

  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin(name = GlobalOptions.NAME)
  private GlobalOptions global = new GlobalOptions();

  private final Shell shell;

  private ThawMain(Program program, OutputStream out, OutputStream err) {
    this.shell = Shell.of(program, out, err, global);
  }

  /// Runs the command and ends the process with its exit code.
  public static void main(String[] args) {
    System.exit(run(System.getProperty(PROGRAM_PROPERTY, "thaw"), System.out, System.err, args));
  }

  /// Runs the command in this process.
  ///
  /// @param name what it was called by: `thaw` or `soci`
  /// @return the exit code
  public static int run(String name, OutputStream out, OutputStream err, String... args) {
    ThawMain main = new ThawMain(Program.named(name), out, err);
    int code = main.commandLine().execute(args);
    main.shell.out().flush();
    main.shell.err().flush();
    return code;
  }

  /// The whole command line, as a model to look at.
  static CommandLine model() {
    return new ThawMain(
            Program.THAW, OutputStream.nullOutputStream(), OutputStream.nullOutputStream())
        .commandLine();
  }

  Shell shell() {
    return shell;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a command; \"" + shell.program() + " --help\" lists them");
  }

  private CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(this);
    commandLine.setCommandName(shell.program().toString());
    commandLine.setOut(shell.out());
    commandLine.setErr(shell.err());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionStrategy(withLog(withTimeout(new CommandLine.RunLast())));
    commandLine.setParameterExceptionHandler(this::explainUsage);
    commandLine.setExecutionExceptionHandler(this::explainFailure);
    return commandLine;
  }

  /// Interrupts the command when its time is over; everything that waits gives up then.
  private IExecutionStrategy withTimeout(IExecutionStrategy command) {
    return parsed -> {
      Duration timeout = global.timeout();
      if (timeout.isZero()) {
        return command.execute(parsed);
      }
      Thread worker = Thread.currentThread();
      Thread watch =
          Thread.ofVirtual()
              .name("timeout")
              .start(
                  () -> {
                    try {
                      Thread.sleep(timeout);
                      worker.interrupt();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt(); // The command was quicker.
                    }
                  });
      try {
        return command.execute(parsed);
      } finally {
        watch.interrupt();
      }
    };
  }

  /// Logs what is done, if that is asked for, as long as the command runs.
  private IExecutionStrategy withLog(IExecutionStrategy command) {
    return parsed -> {
      if (!global.debug()
          || !(LoggerFactory.getLogger("io.thaw") instanceof ch.qos.logback.classic.Logger own)) {
        return command.execute(parsed);
      }
      Level before = own.getLevel();
      own.setLevel(Level.DEBUG);
      try {
        return command.execute(parsed);
      } finally {
        own.setLevel(before);
      }
    };
  }

  private int explainFailure(Exception failure, CommandLine command, ParseResult parsed) {
    String text =
        Thread.interrupted() && !global.timeout().isZero()
            ? "timed out after " + global.timeout().toMillis() / 1000.0 + " s"
            : Failures.oneLine(failure);
    shell.err().println(shell.program() + ": " + text);
    if (global.debug()) {
      failure.printStackTrace(shell.err());
    }
    return 1;
  }

  private int explainUsage(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(shell.program() + ": " + failure.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
    err.println("Try \"" + command.getCommandSpec().qualifiedName() + " --help\".");
    return 2;
  }
}
