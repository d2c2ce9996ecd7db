package io.thaw.bench.scale;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.bench.MarkdownTable;
import io.thaw.bench.scale.CurveSvg.Curve;
import io.thaw.bench.scale.CurveSvg.Panel;
import io.thaw.bench.scale.CurveSvg.Point;
import io.thaw.bench.scale.Simulation.Outcome;
import io.thaw.bench.scale.Simulation.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// What all simulations came to.
public final class ScaleReport {
  private static final double GIGA = 1e9;
  private final StartTrace trace;
  private final Cluster.Shape shape;
  private final long seed;
  private final Map<Scenario, Outcome> outcomes;

  ScaleReport(StartTrace trace, Cluster.Shape shape, long seed, Map<Scenario, Outcome> outcomes) {
    this.trace = trace;
    this.shape = shape;
    this.seed = seed;
    this.outcomes = new LinkedHashMap<>(outcomes);
  }

  /// A table for each topology, and what the model makes of the node that was measured.
  public String text() {
    StringBuilder out = new StringBuilder();
    for (Topology topology : topologies()) {
      MarkdownTable table =
          new MarkdownTable(
              topology.title(),
              "nodes",
              "ready p50, s",
              "p99, s",
              "last of all, s",
              "registry until then, GB",
              "in the end, GB");
      outcomes.forEach(
          (scenario, outcome) -> {
            if (scenario.topology() == topology) {
              table.row(
                  scenario.way().title(),
                  Integer.toString(scenario.nodes()),
                  MarkdownTable.number(outcome.percentile(50)),
                  MarkdownTable.number(outcome.percentile(99)),
                  MarkdownTable.number(outcome.allReadySeconds()),
                  MarkdownTable.number(outcome.registryBytesReady() / GIGA),
                  MarkdownTable.number(outcome.registryBytes() / GIGA));
            }
          });
      out.append(table.text()).append('\n');
    }
    return out.append("Seed ").append(seed).append(". ").append(trace.measured()).toString();
  }

  private List<Topology> topologies() {
    return outcomes.keySet().stream().map(Scenario::topology).distinct().toList();
  }

  /// Everything for machines.
  public void writeJson(Path file) throws IOException {
    List<Map<String, Object>> runs = new ArrayList<>();
    outcomes.forEach(
        (scenario, outcome) -> {
          Map<String, Object> run = new LinkedHashMap<>();
          run.put("topology", scenario.topology().option());
          run.put("way", scenario.way().title());
          run.put("nodes", scenario.nodes());
          run.put("readyP50Seconds", outcome.percentile(50));
          run.put("readyP99Seconds", outcome.percentile(99));
          run.put("allReadySeconds", outcome.allReadySeconds());
          run.put("registryBytesUntilAllReady", outcome.registryBytesReady());
          run.put("registryBytes", outcome.registryBytes());
          run.put("nodeBytes", outcome.nodeBytes());
          runs.add(run);
        });
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("image", trace.image());
    json.put("measured", trace.measured());
    json.put("measuredTotalSeconds", trace.totalSeconds());
    json.put("imageCompressedBytes", trace.imageBytes());
    json.put("seed", seed);
    json.put("shape", shape);
    json.put("runs", runs);
    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json);
  }

  /// Writes `ready.svg` and `egress.svg`.
  public void writeSvg(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("ready.svg"),
        svg(
            "seconds to first output (p50, dashed p99)",
            List.of(o -> o.percentile(50), o -> o.percentile(99))));
    Files.writeString(
        directory.resolve("egress.svg"),
        svg(
            "GB the registry sent until all were ready (dashed: in the end)",
            List.of(o -> o.registryBytesReady() / GIGA, o -> o.registryBytes() / GIGA)));
  }

  private String svg(String unit, List<ToDoubleFunction<Outcome>> values) {
    List<Way> ways = List.of(Way.values());
    List<Panel> panels = new ArrayList<>();
    for (Topology topology : topologies()) {
      List<Curve> curves = new ArrayList<>();
      for (Way way : ways) {
        for (int i = 0; i < values.size(); i++) {
          ToDoubleFunction<Outcome> value = values.get(i);
          List<Point> points = new ArrayList<>();
          outcomes.forEach(
              (scenario, outcome) -> {
                if (scenario.topology() == topology && scenario.way() == way) {
                  points.add(new Point(scenario.nodes(), value.applyAsDouble(outcome)));
                }
              });
          if (!points.isEmpty()) {
            curves.add(new Curve(ways.indexOf(way), i > 0, points));
          }
        }
      }
      panels.add(new Panel(topology.title(), curves));
    }
    return new CurveSvg(unit, ways.stream().map(Way::title).toList(), panels).text();
  }
}
