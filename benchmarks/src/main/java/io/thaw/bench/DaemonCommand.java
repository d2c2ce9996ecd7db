package io.thaw.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.bench.daemon.DaemonBench;
import io.thaw.bench.daemon.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench daemon`.
@Command(
    name = "daemon",
    mixinStandardHelpOptions = true,
    description =
        "The daemon's start, its first mount beside its second, and its memory when idle.")
final class DaemonCommand implements Callable<Integer> {
  @Mixin private Rounds rounds = new Rounds();

  @Option(
      names = "--thawd",
      paramLabel = "PROGRAM",
      defaultValue = "bin/thawd",
      description = "the daemon (default: ${DEFAULT-VALUE})")
  private Path thawd = Path.of("bin/thawd");

  @Option(names = "--json", paramLabel = "FILE", description = "also write the medians to FILE")
  private @Nullable Path json;

  @Option(
      names = "--train",
      paramLabel = "FILE",
      description = "measure nothing: write the daemon's AOT cache to FILE")
  private @Nullable Path train;

  @Override
  public Integer call() throws IOException {
    if (train != null) {
      Training.write(thawd.toAbsolutePath(), train.toAbsolutePath(), System.out::println);
      return 0;
    }
    System.out.println("Load average at the start: " + BenchMain.load());
    DaemonBench bench = new DaemonBench(thawd.toAbsolutePath(), rounds.count());
    System.out.printf("%n%s%nLoad average at the end: %s%n", bench.run(), BenchMain.load());
    if (json != null) {
      new ObjectMapper()
          .writerWithDefaultPrettyPrinter()
          .writeValue(json.toFile(), bench.medians());
    }
    return 0;
  }
}
