package io.thaw.bench.scale;

/// All nodes ask the registry.
final class RegistryAlone implements Source {
  private final Cluster cluster;
  private final double serviceSeconds;

  RegistryAlone(Cluster cluster, double serviceSeconds) {
    this.cluster = cluster;
    this.serviceSeconds = serviceSeconds;
  }

  @Override
  public void fetch(int node, Piece piece, int connections, Runnable done) {
    cluster.fromRegistry(piece, connections, serviceSeconds, done, cluster.down(node));
  }
}
