package io.thaw.daemon.image;

import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.layer.ByteSupplier;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerProgress;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.layer.MadeZtoc;
import io.thaw.daemon.layer.UnpackOrder;
import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.Optional;

/// What a pull asks of the layer store.
interface LayerOpener {

  /// A layer in the store.
  ///
  /// @param lazy whether bytes may still be to come
  /// @param ztoc what was made while it was unpacked
  record Opened(int number, boolean lazy, Optional<MadeZtoc> ztoc) {
    Opened(int number, boolean lazy) {
      this(number, lazy, Optional.empty());
    }
  }

  /// A share of the downloads for an image that is brought here now.
  ParallelDownloads.Share share();

  /// Keeps the layer of this digest in the store, also one that is still to come.
  Lease lease(Digest layerDigest);

  /// Opens the layer for lazy reading, or returns the one there is.
  Opened openLazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException;

  /// Fetches and unpacks the layer, or returns the one there is.
  Opened unpack(LayerBlob blob, UnpackOrder order) throws IOException;

  /// Wishes for the spans `[first, end)` soon; does nothing if the layer is not there.
  ///
  /// @param rank wishes of all layers are served from the lowest rank to the highest
  void prefetch(Digest layerDigest, int first, int end, int rank);

  /// Fetches the whole layer in the background; does nothing if it is not there.
  void fill(Digest layerDigest);

  /// How the layer is now; empty if it is not there.
  Optional<LayerState> state(Digest layerDigest);

  /// How much of the spans `[first, end)` is present; empty if the layer is not there.
  Optional<LayerProgress> progress(Digest layerDigest, int first, int end);

  /// Whether the store has this layer under this number now.
  boolean has(Digest layerDigest, int number);
}
