package io.thaw.index;

import io.thaw.registry.Descriptor;

/// Told how indexing goes on; called from several threads at once.
public interface ConvertProgress {
  /// Tells nobody.
  ConvertProgress NONE = new ConvertProgress() {};

  /// A layer's stored bytes are about to be read.
  default void layerStarted(Descriptor layer) {}

  /// So many more of its bytes have been read.
  default void layerAdvanced(Descriptor layer, long bytes) {}

  /// The layer is done, for better or worse.
  default void layerFinished(Descriptor layer) {}
}
