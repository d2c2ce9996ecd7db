package io.thaw.bench.index;

import static io.thaw.bench.MarkdownTable.number;
import static io.thaw.bench.MarkdownTable.times;

import io.thaw.bench.BenchLayer;
import io.thaw.bench.MarkdownTable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/// How long a reader waits for a span whose bytes have arrived, measured with JMH.
final class SpanBench {
  private static final String OURS = "verifyAndExtract";
  private static final String REFERENCE = "digestAndZlib";

  private final BenchLayer layer;
  private final Map<String, Statistics> micros = new HashMap<>();

  SpanBench(BenchLayer layer) {
    this.layer = layer;
  }

  /// Measures, which takes about 15 s.
  String table() throws IOException {
    try {
      for (RunResult result :
          new Runner(
                  new OptionsBuilder()
                      .include("\\Q" + OneSpan.class.getName() + "\\E\\..*")
                      .verbosity(VerboseMode.SILENT)
                      .shouldFailOnError(true)
                      .forks(1)
                      .warmupIterations(2)
                      .warmupTime(TimeValue.seconds(1))
                      .measurementIterations(3)
                      .measurementTime(TimeValue.seconds(2))
                      .jvmArgsAppend(
                          "--sun-misc-unsafe-memory-access=allow",
                          "-Xmx2g",
                          "-D" + LayerState.PROPERTY + "=" + layer.file())
                      .build())
              .run()) {
        String name = result.getParams().getBenchmark();
        micros.put(
            name.substring(name.lastIndexOf('.') + 1), result.getPrimaryResult().getStatistics());
      }
    } catch (RunnerException e) {
      throw new IOException("JMH could not measure: " + e.getMessage(), e);
    }
    MarkdownTable table =
        new MarkdownTable("a span of 4 MiB", "p50 ms", "p99 ms", "p50 of its reference");
    row(table, "verify and inflate from its checkpoint", OURS);
    row(table, "SHA-256, java.util.zip from a stream's start", REFERENCE);
    return table.text();
  }

  private void row(MarkdownTable table, String title, String name) {
    table.row(
        title,
        number(percentile(name, 50) / 1e3),
        number(percentile(name, 99) / 1e3),
        name.equals(REFERENCE)
            ? "(reference)"
            : times(percentile(name, 50) / percentile(REFERENCE, 50)));
  }

  private double percentile(String name, double rank) {
    return Objects.requireNonNull(micros.get(name), name).getPercentile(rank);
  }
}
