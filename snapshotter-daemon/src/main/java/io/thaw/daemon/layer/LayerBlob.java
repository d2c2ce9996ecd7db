package io.thaw.daemon.layer;

import io.thaw.registry.Digest;
import io.thaw.registry.Repository;

/// The stored bytes of a layer and where they can be had.
///
/// @param digest digest of the stored (compressed) bytes, the layer's key
/// @param sizeBytes how many there are
/// @param repository a repository that has them
public record LayerBlob(Digest digest, long sizeBytes, Repository repository) {
  public LayerBlob {
    if (sizeBytes <= 0) {
      throw new IllegalArgumentException("layer " + digest + " has the size " + sizeBytes);
    }
  }
}
