package io.thaw.bench.scale;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Nodes give each other what they have, as many pieces at a time as they may; somebody knows who
/// has what. The registry is asked by a few nodes at a time, for what nobody has or those who have
/// it are too busy to send, and the others wait.
final class Peers implements Source {
  /// Nodes that fetch the same piece from the registry at once.
  static final int SEEDS = 3;

  private final Cluster cluster;
  private final double serviceSeconds;
  private final Random random;
  private final int[] uploads;
  private final Map<Piece, Spread> pieces = new LinkedHashMap<>();

  private record Wish(int node, int connections, Runnable done) {}

  /// How far a piece has come.
  private static final class Spread {
    private final List<Integer> holders = new ArrayList<>();
    private final BitSet has = new BitSet();
    private final ArrayDeque<Wish> waiting = new ArrayDeque<>();
    private int fromRegistry;
  }

  Peers(Cluster cluster, double serviceSeconds, long seed) {
    this.cluster = cluster;
    this.serviceSeconds = serviceSeconds;
    random = new Random(seed);
    uploads = new int[cluster.nodes()];
  }

  @Override
  public void fetch(int node, Piece piece, int connections, Runnable done) {
    Spread spread = pieces.computeIfAbsent(piece, _ -> new Spread());
    spread.waiting.add(new Wish(node, connections, done));
    serve(piece, spread);
  }

  private void serve(Piece piece, Spread spread) {
    while (!spread.waiting.isEmpty()) {
      int holder = freeHolder(spread);
      if (holder >= 0) {
        upload(piece, spread, holder, spread.waiting.remove());
      } else if (spread.fromRegistry < SEEDS) {
        seed(piece, spread, spread.waiting.remove());
      } else {
        return;
      }
    }
  }

  // Anyone who has it and may send more; where to begin to look is drawn.
  private int freeHolder(Spread spread) {
    int count = spread.holders.size();
    int first = count == 0 ? 0 : random.nextInt(count);
    for (int i = 0; i < count; i++) {
      int holder = spread.holders.get((first + i) % count);
      if (uploads[holder] < cluster.shape().uploads()) {
        return holder;
      }
    }
    return -1;
  }

  private void upload(Piece piece, Spread spread, int holder, Wish wish) {
    uploads[holder]++;
    cluster.fromNear(
        piece,
        1,
        () -> {
          uploads[holder]--;
          arrived(piece, spread, wish);
          serveWaiting(holder);
        },
        cluster.up(holder),
        cluster.down(wish.node));
  }

  private void seed(Piece piece, Spread spread, Wish wish) {
    spread.fromRegistry++;
    cluster.fromRegistry(
        piece,
        wish.connections,
        serviceSeconds,
        () -> {
          spread.fromRegistry--;
          arrived(piece, spread, wish);
        },
        cluster.down(wish.node));
  }

  private void arrived(Piece piece, Spread spread, Wish wish) {
    if (!spread.has.get(wish.node)) {
      spread.has.set(wish.node);
      spread.holders.add(wish.node);
    }
    serve(piece, spread);
    wish.done.run();
  }

  // A holder has room again: for the wish that waits longest of what it has.
  private void serveWaiting(int holder) {
    for (Map.Entry<Piece, Spread> each : pieces.entrySet()) {
      Spread spread = each.getValue();
      if (!spread.waiting.isEmpty() && spread.has.get(holder)) {
        serve(each.getKey(), spread);
        if (uploads[holder] >= cluster.shape().uploads()) {
          return;
        }
      }
    }
  }
}
