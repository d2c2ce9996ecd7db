package io.thaw.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.bench.fuse.FuseBench;
import io.thaw.bench.index.BigBench;
import io.thaw.bench.index.IndexBench;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The command line of the measurements.
@Command(
    name = "./dev bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures index building and span latency (index) and the FUSE file system (fuse) beside",
      "references in the same run, and prints tables for docs/performance.md."
    })
public final class BenchMain implements Callable<Integer> {
  private enum What {
    INDEX,
    FUSE
  }

  @Parameters(arity = "0..*", paramLabel = "WHAT", description = "index, fuse (default: both)")
  private List<What> what = List.of();

  @Option(
      names = "--rounds",
      defaultValue = "5",
      paramLabel = "N",
      description = "how often everything is measured in turn (default: ${DEFAULT-VALUE})")
  private int rounds = 5;

  @Option(names = "--big", description = "index: only build layers of 2 GB with a heap of 256 MB")
  private boolean big;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "index: also write the medians to FILE")
  private @Nullable Path json;

  private BenchMain() {}

  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "io/thaw/it/logback-quiet.xml");
    System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    System.exit(
        new CommandLine(new BenchMain()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() {
    if (rounds < 1) {
      System.err.println("bench: --rounds is " + rounds + ", it must be at least 1");
      return 2;
    }
    try {
      System.out.printf(Locale.ROOT, "Load average at the start: %s%n", load());
      List<What> wanted = what.isEmpty() ? List.of(What.values()) : what;
      for (What each : wanted) {
        String table =
            switch (each) {
              case INDEX -> index();
              case FUSE -> new FuseBench(layer(BenchLayer.get()), rounds).run();
            };
        System.out.printf("%n%s%nLoad average at the end: %s%n", table, load());
      }
      return 0;
    } catch (IOException e) {
      System.err.println("bench: " + e.getMessage());
      return 1;
    }
  }

  private String index() throws IOException {
    if (big) {
      return BigBench.run();
    }
    IndexBench bench = new IndexBench(layer(BenchLayer.large()), rounds);
    String tables = bench.run();
    if (json != null) {
      new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(json.toFile(), bench.json());
    }
    return tables;
  }

  private static BenchLayer layer(BenchLayer layer) throws IOException {
    System.out.printf(
        Locale.ROOT,
        "Layer: %d files, tar of %.0f MB, %.0f MB stored%n",
        layer.files(),
        layer.uncompressedBytes() / 1e6,
        Files.size(layer.file()) / 1e6);
    return layer;
  }

  private static String load() throws IOException {
    return String.join(
        " ", List.of(Files.readString(Path.of("/proc/loadavg")).split(" ", -1)).subList(0, 3));
  }
}
