package io.thaw.bench.scale;

import io.thaw.bench.scale.Network.Link;
import java.util.ArrayList;
import java.util.List;

/// The cables: a registry, racks, nodes.
final class Cluster {
  private final Shape shape;
  private final Clock clock;
  private final Network network;
  private final Link registry;
  private final List<Link> down = new ArrayList<>();
  private final List<Link> up = new ArrayList<>();

  /// What a cluster is made of.
  ///
  /// @param registryMegabits what the registry can send, all together
  /// @param nodeMegabits each node's link, each way
  /// @param rackNodes nodes that share a mirror
  /// @param mirrorMegabits each mirror's link, each way
  /// @param registryMillis round trip to the registry
  /// @param nearMillis round trip within the cluster
  /// @param uploads pieces a peer sends at the same time
  /// @param spreadSeconds the nodes' starts lie within so long
  record Shape(
      double registryMegabits,
      double nodeMegabits,
      int rackNodes,
      double mirrorMegabits,
      double registryMillis,
      double nearMillis,
      int uploads,
      double spreadSeconds) {

    Shape {
      positive("the registry's rate", registryMegabits);
      positive("the nodes' rate", nodeMegabits);
      positive("the mirrors' rate", mirrorMegabits);
      positive("the nodes of a rack", rackNodes);
      positive("the uploads of a peer", uploads);
      notNegative("the round trip to the registry", registryMillis);
      notNegative("the round trip in the cluster", nearMillis);
      notNegative("the time in which nodes start", spreadSeconds);
    }

    private static void positive(String what, double value) {
      if (!(value > 0 && value <= 1e9)) {
        throw new IllegalArgumentException(what + " must be above 0 and at most 1e9, not " + value);
      }
    }

    private static void notNegative(String what, double value) {
      if (!(value >= 0 && value <= 1e6)) {
        throw new IllegalArgumentException(what + " must be 0 to 1e6, not " + value);
      }
    }
  }

  Cluster(Shape shape, int nodes, Clock clock, Network network) {
    this.shape = shape;
    this.clock = clock;
    this.network = network;
    registry = link(shape.registryMegabits());
    for (int node = 0; node < nodes; node++) {
      down.add(link(shape.nodeMegabits()));
      up.add(link(shape.nodeMegabits()));
    }
  }

  Shape shape() {
    return shape;
  }

  int nodes() {
    return down.size();
  }

  Link link(double megabits) {
    return network.link(megabits * 1e6 / 8);
  }

  Link registry() {
    return registry;
  }

  /// To a node.
  Link down(int node) {
    return down.get(node);
  }

  /// From a node.
  Link up(int node) {
    return up.get(node);
  }

  /// Carries a piece from the registry.
  ///
  /// @param serviceSeconds from the arrival of the request until the first byte leaves
  void fromRegistry(Piece piece, int connections, double serviceSeconds, Runnable done, Link to) {
    double wait = shape.registryMillis() / 1e3 + serviceSeconds;
    clock.after(wait, () -> network.transfer(piece.bytes(), connections, done, registry, to));
  }

  /// Carries a piece from somewhere in the cluster.
  void fromNear(Piece piece, int connections, Runnable done, Link from, Link to) {
    clock.after(
        shape.nearMillis() / 1e3,
        () -> network.transfer(piece.bytes(), connections, done, from, to));
  }
}
