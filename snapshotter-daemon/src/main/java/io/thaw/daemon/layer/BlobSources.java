package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.BlobSource;

/// Makes the source of a layer's bytes; asked again for every layer that is reopened after a
/// restart.
@FunctionalInterface
public interface BlobSources {

  /// A source for the blob. Touches no network.
  BlobSource open(LayerBlob blob);
}
