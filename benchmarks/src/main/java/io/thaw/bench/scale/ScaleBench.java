package io.thaw.bench.scale;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.thaw.bench.MarkdownTable;
import io.thaw.bench.scale.Simulation.Outcome;
import io.thaw.bench.scale.Simulation.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Simulates every topology, way and number of nodes that is wished for.
public final class ScaleBench {
  private final Wish wish;
  private final Consumer<String> progress;

  /// What is to be simulated.
  ///
  /// @param nodes the most; 1, 10, 30, 100 and so on below it are simulated as well
  /// @param topologies as on the command line; all if there is none
  /// @param trace a file, or null for the one of this repository
  public record Wish(
      int nodes,
      List<String> topologies,
      double registryMegabits,
      double nodeMegabits,
      int rackNodes,
      double mirrorMegabits,
      double registryMillis,
      double spreadSeconds,
      long seed,
      @Nullable Path trace) {

    Cluster.Shape shape() {
      return new Cluster.Shape(
          registryMegabits,
          nodeMegabits,
          rackNodes,
          mirrorMegabits,
          registryMillis,
          NEAR_MILLIS,
          UPLOADS,
          spreadSeconds);
    }
  }

  private static final double NEAR_MILLIS = 0.5;
  private static final int UPLOADS = 4;

  public ScaleBench(Wish wish, Consumer<String> progress) {
    this.wish = wish;
    this.progress = progress;
  }

  public ScaleReport run() throws IOException {
    Path file = wish.trace();
    StartTrace trace = file == null ? StartTrace.shipped() : StartTrace.read(file);
    List<Topology> topologies =
        wish.topologies().isEmpty()
            ? List.of(Topology.values())
            : wish.topologies().stream().map(Topology::of).distinct().toList();
    Map<Scenario, Outcome> outcomes = new LinkedHashMap<>();
    for (Topology topology : topologies) {
      for (Way way : Way.values()) {
        for (int nodes : counts()) {
          Scenario scenario = new Scenario(topology, way, nodes, wish.shape(), wish.seed());
          Outcome outcome = Simulation.run(trace, scenario);
          outcomes.put(scenario, outcome);
          progress.accept(
              "%s, %s, %d nodes: p50 %s s, p99 %s s"
                  .formatted(
                      topology.title(),
                      way.title(),
                      nodes,
                      MarkdownTable.number(outcome.percentile(50)),
                      MarkdownTable.number(outcome.percentile(99))));
        }
      }
    }
    return new ScaleReport(trace, wish.shape(), wish.seed(), outcomes);
  }

  private int[] counts() {
    return IntStream.concat(
            IntStream.of(1, 10, 30, 100, 300, 1000, 3000, 10_000).filter(n -> n < wish.nodes()),
            IntStream.of(wish.nodes()))
        .toArray();
  }

  /// Makes a trace of what `bench lazy --keep-logs` left of a run and what it measured. The figures
  /// of the ordinary way stay those of the trace that ships.
  ///
  /// @param timeline what `thaw timeline --json` printed
  /// @param profile what `thaw profile export` wrote of the same start
  /// @param totalSeconds from the beginning of the pull to the first output
  /// @param setupBytes of index and zTOCs
  /// @param measured where the figures are from, for people
  public static void makeTrace(
      Path timeline,
      Path profile,
      double totalSeconds,
      double megabits,
      double roundTripMillis,
      long setupBytes,
      String measured,
      Path to)
      throws IOException {
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    StartTrace trace =
        new TraceMaker(
                json.readTree(Files.readAllBytes(timeline)),
                json.readTree(Files.readAllBytes(profile)),
                totalSeconds,
                megabits,
                roundTripMillis,
                setupBytes)
            .make(measured, StartTrace.shipped().overlay());
    json.writeValue(to.toFile(), trace);
  }
}
