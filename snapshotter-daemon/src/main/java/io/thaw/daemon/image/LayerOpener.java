package io.thaw.daemon.image;

import io.thaw.daemon.layer.ByteSupplier;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.registry.Digest;
import java.io.IOException;

/// What a pull asks of the layer store.
interface LayerOpener {

  /// A layer in the store.
  ///
  /// @param lazy whether bytes may still be to come
  record Opened(int number, boolean lazy) {}

  /// Keeps the layer of this digest in the store, also one that is still to come.
  Lease lease(Digest layerDigest);

  /// Opens the layer for lazy reading, or returns the one there is.
  Opened openLazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException;

  /// Fetches and unpacks the layer, or returns the one there is.
  Opened unpack(LayerBlob blob) throws IOException;

  /// Whether the store has this layer under this number now.
  boolean has(Digest layerDigest, int number);
}
