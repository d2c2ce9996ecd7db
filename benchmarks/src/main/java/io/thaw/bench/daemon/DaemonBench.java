package io.thaw.bench.daemon;

import io.thaw.bench.MarkdownTable;
import io.thaw.bench.Medians;
import io.thaw.bench.ProcessFigures;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import io.thaw.it.run.PageCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Starts the daemon afresh in every round and has it mount two images that have nothing in common:
/// the first by a JVM that has never done it, the second by one that has.
public final class DaemonBench {
  private final Path launcher;
  private final int rounds;
  private final Map<String, List<Double>> figures = new LinkedHashMap<>();

  /// @param launcher the program that starts the daemon
  public DaemonBench(Path launcher, int rounds) {
    this.launcher = launcher;
    this.rounds = rounds;
  }

  /// Runs, and returns the medians as a table.
  public String run() throws IOException {
    try (Node node = Node.create()) {
      LocalRegistry registry =
          node.own(
              LocalRegistry.start(
                  node.dir("registry"),
                  node.dir().resolve("registry.log"),
                  new RegistryAuth.None()));
      SmallImage first = SmallImage.push(1, node.dir("images"), registry);
      SmallImage second = SmallImage.push(2, node.dir("images"), registry);
      for (int round = 0; round < rounds; round++) {
        round(node, "round" + round, first, second);
      }
    }
    MarkdownTable table = new MarkdownTable("the daemon", "median");
    medians().forEach((name, value) -> table.row(name, MarkdownTable.number(value)));
    return table.text();
  }

  private void round(Node node, String name, SmallImage first, SmallImage second)
      throws IOException {
    PageCache.drop();
    Thawd.Setup setup =
        Thawd.Setup.in(node.dir(name), node.dir().resolve(name + ".log"))
            .withExtraConfig("fill.enable = false\n")
            .withLauncher(List.of(launcher.toString()));
    long start = System.nanoTime();
    Thawd thawd = node.own(Thawd.start(setup));
    note("startSeconds", (System.nanoTime() - start) / 1e9);
    ProcessHandle process = ProcessHandle.of(thawd.pid()).orElseThrow();
    double started = ProcessFigures.cpuSeconds(process);
    note("startCpuSeconds", started);
    note("idleRssBytes", ProcessFigures.rssBytes(thawd.pid()));
    try (SnapshotsClient snapshots = new SnapshotsClient(thawd.socket())) {
      snapshots.list();
      double cold = first.prepare(snapshots);
      double mounted = ProcessFigures.cpuSeconds(process);
      double warm = second.prepare(snapshots);
      note("firstMountSeconds", cold);
      note("firstMountCpuSeconds", mounted - started);
      note("secondMountSeconds", warm);
      note("firstMountExtraSeconds", cold - warm);
    }
    node.release(thawd);
  }

  private void note(String name, double value) {
    figures.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
  }

  /// Medians by name, units in the names.
  public Map<String, Double> medians() {
    Map<String, Double> medians = new LinkedHashMap<>();
    figures.forEach((name, values) -> medians.put(name, Medians.median(values)));
    return medians;
  }
}
