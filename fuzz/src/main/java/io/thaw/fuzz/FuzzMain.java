package io.thaw.fuzz;

import io.thaw.fuzz.targets.Seeds;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./dev fuzz`.
@Command(
    name = "fuzz",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Throw hostile input at the parsers, one target after the other, and print a table.",
      "",
      "Inputs that found something new stay in fuzz/target/fuzz/TARGET/corpus for the next run;"
          + " inputs that failed are in fuzz/target/fuzz/TARGET/findings.",
      "Exit codes: 0 nothing found, 1 something found, 2 wrong usage."
    })
public final class FuzzMain implements Callable<Integer> {
  private static final long DEFAULT_SECONDS = 60;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "TARGET",
      description = "Targets (default: all of them).")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Time for each target (default: " + DEFAULT_SECONDS + ", or none with --runs).")
  private long seconds;

  @Option(names = "--runs", paramLabel = "N", description = "Inputs for each target.")
  private long runs;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      defaultValue = "fuzz",
      description = "The module's directory (default: ${DEFAULT-VALUE}).")
  private Path root = Path.of("fuzz");

  @Option(
      names = "--write-seeds",
      description = "Write the seeds of all targets into the corpus and do nothing else.")
  private boolean writeSeeds;

  public static void main(String[] args) {
    System.exit(new CommandLine(new FuzzMain()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path corpus = root.resolve("corpus");
    if (writeSeeds) {
      Seeds.write(corpus);
      return 0;
    }
    if (seconds < 0 || runs < 0) {
      throw new ParameterException(spec.commandLine(), "--seconds and --runs must not be negative");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    long limit = seconds == 0 && runs == 0 ? DEFAULT_SECONDS : seconds;
    List<FuzzTarget> targets = targets();
    List<FuzzRun.Result> results = new ArrayList<>();
    for (FuzzTarget target : targets) {
      err.println("fuzz: " + target.label());
      FuzzRun.Result result =
          new FuzzRun(target, root.resolve("target/fuzz"), corpus).run(limit, runs);
      if (result.failed()) {
        err.println("fuzz: " + target.label() + " failed; see " + result.log());
      }
      results.add(result);
    }
    print(results, out);
    return results.stream().anyMatch(FuzzRun.Result::failed) ? 1 : 0;
  }

  private List<FuzzTarget> targets() {
    List<FuzzTarget> targets = new ArrayList<>();
    for (String name : names) {
      targets.add(
          List.of(FuzzTarget.values()).stream()
              .filter(target -> target.label().equals(name))
              .findFirst()
              .orElseThrow(() -> unknown(name)));
    }
    return targets.isEmpty() ? List.of(FuzzTarget.values()) : targets;
  }

  private ParameterException unknown(String name) {
    List<String> labels = List.of(FuzzTarget.values()).stream().map(FuzzTarget::label).toList();
    return new ParameterException(
        spec.commandLine(),
        "there is no target \"" + name + "\"; there are " + String.join(", ", labels));
  }

  private static void print(List<FuzzRun.Result> results, PrintWriter out) {
    out.println("| target | executions | seconds | per second | inputs kept | edges | findings |");
    out.println("|---|---:|---:|---:|---:|---:|---:|");
    for (FuzzRun.Result result : results) {
      RunStats stats = result.stats();
      long perSecond = stats.executions() * 1000 / Math.max(1, result.millis());
      out.println(
          String.format(
              Locale.ROOT,
              "| `%s` | %,d | %d | %,d | %,d | %,d | %s |",
              result.target().label(),
              stats.executions(),
              result.millis() / 1000,
              perSecond,
              stats.corpusInputs(),
              stats.edges(),
              result.failed() ? Math.max(1, stats.findings()) : "none"));
    }
    out.flush();
  }
}
