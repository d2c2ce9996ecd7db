package io.thaw.bench;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line of the measurements.
@Command(
    name = "./dev bench",
    mixinStandardHelpOptions = true,
    subcommands = {
      IndexCommand.class,
      FileSystemCommand.class,
      StartCommand.Lazy.class,
      StartCommand.Eager.class,
      DaemonCommand.class,
      ImageCommand.class,
      ScaleCommand.class,
    },
    description = {
      "Measures, each beside a reference in the same run, and prints tables for",
      "docs/performance.md."
    })
public final class BenchMain implements Callable<Integer> {
  private BenchMain() {}

  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "io/thaw/it/logback-quiet.xml");
    System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    CommandLine line = new CommandLine(new BenchMain());
    line.setExecutionExceptionHandler((e, _, _) -> failed(e));
    System.exit(line.execute(args));
  }

  private static int failed(Exception failure) throws Exception {
    switch (failure) {
      case IllegalArgumentException e -> {
        System.err.println("bench: " + e.getMessage());
        return 2;
      }
      case StatusRuntimeException e ->
          System.err.println("bench: containerd refused: " + e.getStatus().getDescription());
      case IOException e -> System.err.println("bench: " + e.getMessage());
      default -> throw failure;
    }
    return 1;
  }

  @Override
  public Integer call() {
    System.err.println("bench: say what to measure");
    CommandLine.usage(this, System.err);
    return 2;
  }

  /// The machine's load averages of the last 1, 5 and 15 minutes.
  static String load() throws IOException {
    return String.join(
        " ", List.of(Files.readString(Path.of("/proc/loadavg")).split(" ", -1)).subList(0, 3));
  }
}
