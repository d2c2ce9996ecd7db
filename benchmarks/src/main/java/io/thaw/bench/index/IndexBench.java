package io.thaw.bench.index;

import static io.thaw.bench.MarkdownTable.number;
import static io.thaw.bench.MarkdownTable.times;

import io.thaw.bench.BenchLayer;
import io.thaw.bench.MarkdownTable;
import io.thaw.bench.Medians;
import io.thaw.bench.Shell;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// What it costs to index a layer, beside what everybody knows. In each round every line is
/// measured once, each in a process of its own, so that a busy minute meets all of them.
///
/// "Per core" is bytes of tar per second of CPU time: on a shared machine it is the figure that
/// repeats, and it says what a build host pays.
public final class IndexBench {
  /// SOCI's own builder, its Go package with zran in C: 926.2 MB of tar in 7.54 s of one core, when
  /// the JDK's inflater with CRC ran at 470 MB/s on that core. docs/performance.md explains.
  static final double SOCI_OF_ZLIB = 926.2 / 7.54 / 470;

  private static final String CPU = " per core";
  private static final String COLD = " per core, first pass";
  private static final String WALL = " wall";
  private static final String RSS = " peak RSS";
  private static final String LATE = "last quarter of first";

  private final BenchLayer layer;
  private final int rounds;
  private final Map<String, List<Double>> figures = new LinkedHashMap<>();

  public IndexBench(BenchLayer layer, int rounds) {
    this.layer = layer;
    this.rounds = rounds;
  }

  /// Measures, which takes about half a minute per round, and returns the tables.
  public String run() throws IOException {
    BigLayer evenLayer = BigLayer.ofOneFile();
    for (int round = 1; round <= rounds; round++) {
      System.out.println("index: round " + round + " of " + rounds);
      for (IndexPass.Way way : IndexPass.Way.values()) {
        pass(way);
      }
      command("gzip");
      command("pigz");
      IndexPass.Figures even = child(IndexPass.Way.ZTOC, evenLayer.file().toString());
      add(LATE, even.firstQuarterCpu() / even.lastQuarterCpu());
    }
    return table() + "\n" + sentences() + "\n" + new SpanBench(layer).table();
  }

  /// The medians of everything measured, for machines; MB/s and MB.
  public Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("layerBytes", layer.uncompressedBytes());
    json.put("rounds", rounds);
    figures.forEach((name, values) -> json.put(name, Medians.median(values)));
    json.put("ZTOC of ZLIB", ratio("ZTOC", "ZLIB"));
    json.put("ZTOC of SOCI", ratio("ZTOC", "ZLIB") / SOCI_OF_ZLIB);
    return json;
  }

  private void pass(IndexPass.Way way) throws IOException {
    IndexPass.Figures f = child(way, layer.file().toString());
    double megabytes = layer.uncompressedBytes() / 1e6;
    add(way + CPU, megabytes / f.warmCpu());
    add(way + COLD, megabytes / f.coldCpu());
    add(way + WALL, megabytes / f.warmWall());
    add(way + RSS, f.peakRssBytes() / 1e6);
  }

  private static IndexPass.Figures child(IndexPass.Way way, String file) throws IOException {
    return IndexPass.Figures.parse(
        Shell.output(
            "exec \"$1\" -XX:+UseParallelGC " + BigBuild.HEAP + " -cp \"$2\" \"$3\" \"$4\" \"$5\"",
            System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
            System.getProperty("java.class.path", ""),
            IndexPass.class.getName(),
            way.name(),
            file));
  }

  /// Bash's own clock counts every process of the pipe.
  private void command(String program) throws IOException {
    String[] seconds =
        Shell.output(
                "TIMEFORMAT='%R %U %S'; { time "
                    + program
                    + " -dc \"$1\" | sha256sum; } 2>&1"
                    + " | tail -n 1",
                layer.file().toString())
            .strip()
            .split(" ", -1);
    double megabytes = layer.uncompressedBytes() / 1e6;
    double cpu = Double.parseDouble(seconds[1]) + Double.parseDouble(seconds[2]);
    add(program + CPU, megabytes / cpu);
    add(program + WALL, megabytes / Double.parseDouble(seconds[0]));
  }

  private void add(String name, double figure) {
    figures.computeIfAbsent(name, _ -> new ArrayList<>()).add(figure);
  }

  private List<Double> figures(String name) {
    return Objects.requireNonNull(figures.get(name), name);
  }

  private double ratio(String name, String reference) {
    return Medians.medianRatio(figures(name + CPU), figures(reference + CPU));
  }

  private String table() {
    MarkdownTable table =
        new MarkdownTable(
            "one pass over the layer",
            "MB/s per core",
            "of zlib",
            "first pass in a new JVM",
            "MB/s wall",
            "peak RSS, MB");
    row(table, "build a zTOC", "ZTOC");
    row(table, "inflate with checkpoints, CRC", "INFLATE");
    row(table, "java.util.zip, CRC", "ZLIB");
    row(table, "java.util.zip, CRC, SHA-256 of layer and tar", "ZLIB_DIGESTS");
    row(table, "`gzip -dc \\| sha256sum`", "gzip");
    row(table, "`pigz -dc \\| sha256sum`", "pigz");
    return table.text();
  }

  private void row(MarkdownTable table, String title, String name) {
    table.row(
        title,
        number(Medians.median(figures(name + CPU))),
        name.equals("ZLIB") ? "(reference)" : times(ratio(name, "ZLIB")),
        median(name + COLD),
        median(name + WALL),
        median(name + RSS));
  }

  private String median(String name) {
    List<Double> values = figures.get(name);
    return values == null ? "" : number(Medians.median(values));
  }

  private String sentences() {
    return String.format(
        Locale.ROOT,
        "SOCI's builder is at %.3f of zlib, so a zTOC is built at %s SOCI's speed per core%n"
            + "(%s `gzip -dc | sha256sum`, %s `pigz -dc | sha256sum`).%n"
            + "Within one file of 2 GiB the last quarter ran at %s the speed of the first.%n",
        SOCI_OF_ZLIB,
        times(ratio("ZTOC", "ZLIB") / SOCI_OF_ZLIB),
        times(ratio("ZTOC", "gzip")),
        times(ratio("ZTOC", "pigz")),
        times(Medians.median(figures(LATE))));
  }
}
