package io.thaw.bench;

import io.thaw.bench.scale.ScaleBench;
import io.thaw.bench.scale.ScaleReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench scale`.
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    description = {
      "Simulates many nodes that start one image at once, by what was measured of one node",
      "(docs/scale.md). Needs no root and no network; the same seed gives the same figures."
    })
final class ScaleCommand implements Callable<Integer> {
  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "1000",
      description = "the most nodes; fewer are simulated as well (default: ${DEFAULT-VALUE})")
  private int nodes;

  @Option(
      names = "--topology",
      paramLabel = "NAME",
      split = ",",
      description = "registry, rack-mirrors or peers; may be repeated (default: all)")
  private List<String> topologies = List.of();

  @Option(
      names = "--registry-rate",
      paramLabel = "MBIT",
      defaultValue = "10000",
      description = "what the registry can send (default: ${DEFAULT-VALUE})")
  private double registryMegabits;

  @Option(
      names = "--rate",
      paramLabel = "MBIT",
      defaultValue = "1000",
      description = "each node's link (default: ${DEFAULT-VALUE})")
  private double nodeMegabits;

  @Option(
      names = "--rtt",
      paramLabel = "MS",
      defaultValue = "5",
      description = "round trip to the registry (default: ${DEFAULT-VALUE})")
  private double registryMillis;

  @Option(
      names = "--rack",
      paramLabel = "N",
      defaultValue = "40",
      description = "nodes that share a mirror (default: ${DEFAULT-VALUE})")
  private int rackNodes;

  @Option(
      names = "--mirror-rate",
      paramLabel = "MBIT",
      defaultValue = "10000",
      description = "each mirror's link (default: ${DEFAULT-VALUE})")
  private double mirrorMegabits;

  @Option(
      names = "--spread",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "nodes start within so long (default: ${DEFAULT-VALUE})")
  private double spreadSeconds;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "for what is drawn: when nodes start, how fast each computes, which peer is asked")
  private long seed;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "another start than the one that ships")
  private @Nullable Path trace;

  @Option(names = "--json", paramLabel = "FILE", description = "also write all figures to FILE")
  private @Nullable Path json;

  @Option(
      names = "--svg",
      paramLabel = "DIR",
      description = "also draw the curves: DIR/ready.svg and DIR/egress.svg")
  private @Nullable Path svg;

  @ArgGroup(exclusive = false)
  private @Nullable Making making;

  /// Makes a trace instead of simulating.
  static final class Making {
    @Option(
        names = "--make-trace",
        required = true,
        paramLabel = "FILE",
        description = "simulate nothing: write the trace of a measured start to FILE")
    private Path to = Path.of("");

    @Option(
        names = "--timeline",
        required = true,
        paramLabel = "FILE",
        description = "the run's timeline, which bench lazy --keep-logs left")
    private Path timeline = Path.of("");

    @Option(
        names = "--profile",
        required = true,
        paramLabel = "FILE",
        description = "the run's profile, from there, too")
    private Path profile = Path.of("");

    @Option(
        names = "--total",
        required = true,
        paramLabel = "SECONDS",
        description = "the run's total")
    private double totalSeconds;

    @Option(
        names = "--setup-bytes",
        required = true,
        paramLabel = "N",
        description = "bytes of the image's zTOCs")
    private long setupBytes;

    @Option(
        names = "--measured",
        required = true,
        paramLabel = "TEXT",
        description = "where and when it was measured")
    private String measured = "";
  }

  @Override
  public Integer call() throws IOException {
    Making made = making;
    if (made != null) {
      ScaleBench.makeTrace(
          made.timeline,
          made.profile,
          made.totalSeconds,
          nodeMegabits,
          registryMillis,
          made.setupBytes,
          made.measured,
          made.to);
      return 0;
    }
    ScaleBench.Wish wish =
        new ScaleBench.Wish(
            nodes,
            topologies,
            registryMegabits,
            nodeMegabits,
            rackNodes,
            mirrorMegabits,
            registryMillis,
            spreadSeconds,
            seed,
            trace);
    ScaleReport report = new ScaleBench(wish, System.err::println).run();
    System.out.println(report.text());
    if (json != null) {
      report.writeJson(json);
    }
    if (svg != null) {
      report.writeSvg(svg);
    }
    return 0;
  }
}
