package io.thaw.daemon.ahead;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The read-ahead of all layers of a daemon; a library of one layer often needs those of another.
public final class ReadAhead {
  static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

  /// More libraries than any start opens at a time; what a hostile image can make us look at.
  private static final int MOST_AT_A_TIME = 512;

  private final boolean enabled;
  private final Semaphore room = new Semaphore(MOST_AT_A_TIME);
  private final List<LayerAhead> layers = new CopyOnWriteArrayList<>();

  /// @param enabled false if nothing is to be fetched that nobody reads
  public ReadAhead(boolean enabled) {
    this.enabled = enabled;
  }

  /// Begins with a layer; its read-ahead is to be closed with it.
  public LayerAhead open(AheadLayer layer) {
    LayerAhead ahead = new LayerAhead(this, layer);
    if (enabled) {
      layers.addFirst(ahead);
    }
    return ahead;
  }

  boolean enabled() {
    return enabled;
  }

  /// Stored bytes of all layers that are open.
  long storedBytes() {
    return layers.stream().mapToLong(LayerAhead::storedBytes).sum();
  }

  void closed(LayerAhead layer) {
    layers.remove(layer);
  }

  /// Looks ahead of the library `name`, wherever it is; of two with one name, of that in the layer
  /// of the library that needs it.
  void needed(LayerAhead by, String name) {
    if (!by.libraryNamed(name)) {
      for (LayerAhead layer : layers) {
        if (layer != by && layer.libraryNamed(name)) {
          return;
        }
      }
    }
  }

  /// Runs it on a thread of its own, or not at all if there are too many.
  void start(Runnable task) {
    if (room.tryAcquire()) {
      Thread.ofVirtual()
          .name("thaw-look-ahead")
          .start(
              () -> {
                try {
                  task.run();
                } catch (RuntimeException e) {
                  LOG.warn("looking ahead of readers failed", e);
                } finally {
                  room.release();
                }
              });
    }
  }
}
