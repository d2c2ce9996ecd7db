package io.thaw.bench.index;

import static io.thaw.bench.MarkdownTable.number;
import static io.thaw.bench.MarkdownTable.times;

import io.thaw.bench.BenchLayer;
import io.thaw.bench.MarkdownTable;
import io.thaw.bench.Medians;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/// Runs the index measurements: in each round every one of them, each in a JVM of its own, so that
/// a busy minute of the machine meets all of them.
public final class IndexBench {
  private static final String[] JVM_FLAGS = {
    "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xmx2g"
  };

  private final BenchLayer layer;
  private final int rounds;
  private final Map<String, List<Double>> figures = new HashMap<>();

  public IndexBench(BenchLayer layer, int rounds) {
    this.layer = layer;
    this.rounds = rounds;
  }

  /// Measures, which takes about a minute per round, and returns the tables.
  public String run() throws IOException {
    for (int round = 1; round <= rounds; round++) {
      System.out.println("index: round " + round + " of " + rounds);
      try {
        wholeLayer(new Runner(options(WholeLayer.class, 2, 3).build()).run());
        oneSpan(new Runner(options(OneSpan.class, 2, 2).build()).run());
      } catch (RunnerException e) {
        throw new IOException("JMH could not measure: " + e.getMessage(), e);
      }
    }
    return wholeTable() + "\n" + spanTable();
  }

  private ChainedOptionsBuilder options(Class<?> benchmarks, int warmups, int measured) {
    return new OptionsBuilder()
        .include("\\Q" + benchmarks.getName() + "\\E\\..*")
        .verbosity(VerboseMode.SILENT)
        .shouldFailOnError(true)
        .forks(1)
        .warmupIterations(warmups)
        .warmupTime(TimeValue.seconds(1))
        .measurementIterations(measured)
        .measurementTime(TimeValue.seconds(2))
        .jvmArgsAppend(flags());
  }

  private String[] flags() {
    String[] flags = new String[JVM_FLAGS.length + 1];
    System.arraycopy(JVM_FLAGS, 0, flags, 0, JVM_FLAGS.length);
    flags[JVM_FLAGS.length] = "-D" + LayerState.PROPERTY + "=" + layer.file();
    return flags;
  }

  /// Adds each benchmark's median of this round, as MB of tar per second.
  private void wholeLayer(Collection<RunResult> results) {
    for (RunResult result : results) {
      List<Double> millis = new ArrayList<>();
      for (BenchmarkResult fork : result.getBenchmarkResults()) {
        for (IterationResult iteration : fork.getIterationResults()) {
          millis.add(iteration.getPrimaryResult().getScore());
        }
      }
      add(nameOf(result), layer.uncompressedBytes() / 1e3 / Medians.median(millis));
    }
  }

  private void oneSpan(Collection<RunResult> results) {
    for (RunResult result : results) {
      Statistics micros = result.getPrimaryResult().getStatistics();
      add(nameOf(result) + "50", micros.getPercentile(50) / 1e3);
      add(nameOf(result) + "99", micros.getPercentile(99) / 1e3);
    }
  }

  private static String nameOf(RunResult result) {
    String name = result.getParams().getBenchmark();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private void add(String name, double figure) {
    figures.computeIfAbsent(name, _ -> new ArrayList<>()).add(figure);
  }

  private List<Double> figures(String name) {
    return Objects.requireNonNull(figures.get(name), name);
  }

  private String wholeTable() {
    MarkdownTable table =
        new MarkdownTable("one pass over the layer", "MB/s of tar", "of its reference");
    row(table, "build a zTOC", "buildZtoc", "zlibCrcAndDigests");
    row(
        table,
        "java.util.zip, CRC-32, SHA-256 of layer and tar",
        "zlibCrcAndDigests",
        "zlibCrcAndDigests");
    row(table, "inflate with checkpoints", "inflateWithCheckpoints", "zlibCrc");
    row(table, "java.util.zip, CRC-32", "zlibCrc", "zlibCrc");
    row(table, "`gzip -dc \\| sha256sum`", "gzipCommand", "zlibCrcAndDigests");
    row(table, "`pigz -dc \\| sha256sum`", "pigzCommand", "zlibCrcAndDigests");
    return table.text();
  }

  private void row(MarkdownTable table, String title, String name, String reference) {
    List<Double> own = figures(name);
    table.row(
        title,
        number(Medians.median(own)),
        name.equals(reference)
            ? "(reference)"
            : times(Medians.medianRatio(own, figures(reference))));
  }

  private String spanTable() {
    MarkdownTable table =
        new MarkdownTable("a span of 4 MiB", "p50 ms", "p99 ms", "p50 of its reference");
    spanRow(table, "verify and inflate from its checkpoint", "verifyAndExtract");
    spanRow(table, "SHA-256, java.util.zip from a stream's start", "digestAndZlib");
    return table.text();
  }

  private void spanRow(MarkdownTable table, String title, String name) {
    boolean reference = name.equals("digestAndZlib");
    table.row(
        title,
        number(Medians.median(figures(name + "50"))),
        number(Medians.median(figures(name + "99"))),
        reference
            ? "(reference)"
            : times(Medians.medianRatio(figures(name + "50"), figures("digestAndZlib50"))));
  }
}
