package io.thaw.bench.scale;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// What a node has besides its link: a clock, its own pace, and cores that store what arrives.
final class NodeHost {
  private final Clock clock;
  private final Source source;
  private final int node;
  private final double pace;
  private final double storeBytesPerSecond;
  private final List<Store> stores = new ArrayList<>();
  private int idleCores;

  private static final class Store {
    private final long bytes;
    private final BooleanSupplier urgent;
    private final Runnable then;

    private Store(long bytes, BooleanSupplier urgent, Runnable then) {
      this.bytes = bytes;
      this.urgent = urgent;
      this.then = then;
    }

    private boolean isUrgent() {
      return urgent.getAsBoolean();
    }
  }

  /// @param pace how much longer than on the measured node everything takes that is computed
  NodeHost(Clock clock, Source source, int node, double pace, StartTrace trace) {
    this.clock = clock;
    this.source = source;
    this.node = node;
    this.pace = pace;
    storeBytesPerSecond = trace.storeBytesPerSecond();
    idleCores = trace.storeCores();
  }

  void compute(double seconds, Runnable then) {
    clock.after(seconds * pace, then);
  }

  void fetch(Piece piece, int connections, Runnable then) {
    source.fetch(node, piece, connections, then);
  }

  /// Stores bytes that have arrived, as soon as a core is idle.
  ///
  /// @param urgent asked when a core is idle: whether a reader waits for these, which go first
  void store(long bytes, BooleanSupplier urgent, Runnable then) {
    stores.add(new Store(bytes, urgent, then));
    next();
  }

  private void next() {
    while (idleCores > 0 && !stores.isEmpty()) {
      Store store = stores.stream().filter(Store::isUrgent).findFirst().orElse(stores.getFirst());
      stores.remove(store);
      idleCores--;
      compute(
          store.bytes / storeBytesPerSecond,
          () -> {
            idleCores++;
            store.then.run();
            next();
          });
    }
  }
}
