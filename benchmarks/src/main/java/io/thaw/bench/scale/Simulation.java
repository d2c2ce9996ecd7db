package io.thaw.bench.scale;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Many nodes that start one image at once. The same arguments give the same outcome, bit by bit.
final class Simulation {
  /// How much slower than the measured node the slowest computes, and the fastest faster.
  static final double PACE = 0.1;

  // Reads have to be quiet for so long before the daemon fills.
  private static final double QUIET_SECONDS = 1;

  private Simulation() {}

  /// @param nodes 1 to 100,000
  record Scenario(Topology topology, Way way, int nodes, Cluster.Shape shape, long seed) {
    Scenario {
      if (nodes < 1 || nodes > 100_000) {
        throw new IllegalArgumentException("--nodes is 1 to 100000, not " + nodes);
      }
    }
  }

  /// @param readySeconds of each node, from its own start to its first output, the quickest first
  /// @param allReadySeconds when the last node was ready, since the first one began
  /// @param registryBytesReady what the registry had sent completely by then
  /// @param registryBytes what it had sent when nobody wanted anything any more
  /// @param nodeBytes what all nodes had received by then
  record Outcome(
      List<Double> readySeconds,
      double allReadySeconds,
      long registryBytesReady,
      long registryBytes,
      long nodeBytes) {

    /// The time that so many percent of the nodes did not exceed.
    double percentile(int percent) {
      return readySeconds.get(Math.ceilDiv(readySeconds.size() * percent, 100) - 1);
    }
  }

  static Outcome run(StartTrace trace, Scenario scenario) {
    return new Run(trace, scenario).run();
  }

  private static final class Run {
    private final Scenario scenario;
    private final Clock clock = new Clock();
    private final Network network = new Network(clock);
    private final Cluster cluster;
    private final NodeStart[] starts;
    private final double[] seconds;
    private int ready;
    private double lastReady;
    private long bytesAtReady;

    Run(StartTrace trace, Scenario scenario) {
      this.scenario = scenario;
      cluster = new Cluster(scenario.shape(), scenario.nodes(), clock, network);
      Source source = scenario.topology().source(cluster, trace.requestSeconds(), scenario.seed());
      Random random = new Random(scenario.seed());
      starts = new NodeStart[scenario.nodes()];
      seconds = new double[scenario.nodes()];
      for (int node = 0; node < starts.length; node++) {
        double pace = 1 + PACE * (2 * random.nextDouble() - 1);
        // One node alone is the measured one.
        NodeHost host = new NodeHost(clock, source, node, starts.length == 1 ? 1 : pace, trace);
        starts[node] = start(host, trace);
        begin(node, random.nextDouble() * scenario.shape().spreadSeconds());
      }
    }

    private NodeStart start(NodeHost host, StartTrace trace) {
      return switch (scenario.way()) {
        case LAZY -> new LazyStart(host, trace, false);
        case PROFILE, PROFILE_LATE_FILL -> new LazyStart(host, trace, true);
        case OVERLAYFS -> new WholeStart(host, trace);
      };
    }

    private void begin(int node, double at) {
      clock.after(at, () -> starts[node].begin(() -> ready(node, at)));
    }

    private void ready(int node, double began) {
      seconds[node] = clock.now() - began;
      if (scenario.way().fillsAtOnce()) {
        clock.after(QUIET_SECONDS, starts[node]::fill);
      }
      if (++ready < starts.length) {
        return;
      }
      lastReady = clock.now();
      bytesAtReady = cluster.registry().carriedBytes();
      if (!scenario.way().fillsAtOnce()) {
        for (NodeStart start : starts) {
          start.fill();
        }
      }
    }

    Outcome run() {
      clock.run(network::share);
      if (ready != starts.length) {
        throw new IllegalStateException(
            "only " + ready + " of " + starts.length + " nodes became ready");
      }
      long received = 0;
      for (int node = 0; node < starts.length; node++) {
        received += cluster.down(node).carriedBytes();
      }
      List<Double> sorted = Arrays.stream(seconds).sorted().boxed().toList();
      return new Outcome(
          sorted, lastReady, bytesAtReady, cluster.registry().carriedBytes(), received);
    }
  }
}
