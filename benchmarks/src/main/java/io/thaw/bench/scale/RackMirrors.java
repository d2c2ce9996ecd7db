package io.thaw.bench.scale;

import io.thaw.bench.scale.Network.Link;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A pull-through mirror in each rack, which keeps what it was asked for. Requests for what is on
/// its way already wait for it; a piece is passed on when it is complete.
final class RackMirrors implements Source {
  private final Cluster cluster;
  private final double serviceSeconds;
  private final List<Mirror> mirrors = new ArrayList<>();

  private static final class Mirror {
    private final Link in;
    private final Link out;
    // Whoever waits for a piece that is on its way; null once it is here.
    private final Map<Piece, List<Runnable>> pieces = new HashMap<>();

    private Mirror(Link in, Link out) {
      this.in = in;
      this.out = out;
    }
  }

  RackMirrors(Cluster cluster, double serviceSeconds) {
    this.cluster = cluster;
    this.serviceSeconds = serviceSeconds;
    int rack = cluster.shape().rackNodes();
    for (int first = 0; first < cluster.nodes(); first += rack) {
      double megabits = cluster.shape().mirrorMegabits();
      mirrors.add(new Mirror(cluster.link(megabits), cluster.link(megabits)));
    }
  }

  /// Bytes that a mirror got from the registry.
  long fetchedBytes(int mirror) {
    return mirrors.get(mirror).in.carriedBytes();
  }

  @Override
  public void fetch(int node, Piece piece, int connections, Runnable done) {
    Mirror mirror = mirrors.get(node / cluster.shape().rackNodes());
    Runnable serve =
        () -> cluster.fromNear(piece, connections, done, mirror.out, cluster.down(node));
    if (!mirror.pieces.containsKey(piece)) {
      List<Runnable> waiting = new ArrayList<>(List.of(serve));
      mirror.pieces.put(piece, waiting);
      cluster.fromRegistry(
          piece,
          connections,
          serviceSeconds,
          () -> {
            mirror.pieces.put(piece, List.of());
            waiting.forEach(Runnable::run);
          },
          mirror.in);
      return;
    }
    List<Runnable> waiting = mirror.pieces.get(piece);
    if (waiting instanceof ArrayList<Runnable>) {
      waiting.add(serve);
    } else {
      serve.run();
    }
  }
}
