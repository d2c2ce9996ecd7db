package io.thaw.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.bench.index.BigBench;
import io.thaw.bench.index.IndexBench;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench index`.
@Command(
    name = "index",
    mixinStandardHelpOptions = true,
    description = "Building indexes, and how long a reader waits for a span.")
final class IndexCommand implements Callable<Integer> {
  @Mixin private Rounds rounds = new Rounds();

  @Option(names = "--big", description = "only build layers of 2 GB with a heap of 256 MB")
  private boolean big;

  @Option(names = "--json", paramLabel = "FILE", description = "also write the medians to FILE")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    System.out.println("Load average at the start: " + BenchMain.load());
    System.out.printf("%n%s%nLoad average at the end: %s%n", measure(), BenchMain.load());
    return 0;
  }

  private String measure() throws IOException {
    if (big) {
      return BigBench.run();
    }
    IndexBench bench = new IndexBench(BenchLayer.large().printed(), rounds.count());
    String tables = bench.run();
    if (json != null) {
      new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(json.toFile(), bench.json());
    }
    return tables;
  }
}
