package io.thaw.index;

import io.thaw.index.oci.WriteProgress;
import io.thaw.registry.Descriptor;
import java.util.Collection;

/// Told how indexing and, in the methods it inherits, writing go on; called from several threads
/// at once.
///
/// Layers come first: all are announced, then each is started and finished, reused, or skipped.
/// Blobs follow when the result is written.
public interface ConvertProgress extends WriteProgress {
  /// Tells nobody.
  ConvertProgress NONE = new ConvertProgress() {};

  /// These layers will be indexed, if nothing better turns up; their sizes are what is to be
  /// read.
  default void layersPlanned(Collection<Descriptor> layers) {}

  /// The layer is not indexed; `reason` is what the report will say. It may have been planned.
  default void layerSkipped(Descriptor layer, String reason) {}

  /// A zTOC made earlier serves this layer; its bytes are not read.
  default void layerReused(Descriptor layer) {}

  /// A layer's stored bytes are about to be read.
  default void layerStarted(Descriptor layer) {}

  /// So many more of its bytes have been read.
  default void layerAdvanced(Descriptor layer, long bytes) {}

  /// The layer is done, for better or worse.
  default void layerFinished(Descriptor layer) {}
}
