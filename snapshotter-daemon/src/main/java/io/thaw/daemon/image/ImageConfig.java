package io.thaw.daemon.image;

import io.thaw.index.oci.ImageManifest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// An image's configuration, fetched when it is first asked for. Safe for use by many threads.
final class ImageConfig {
  private final ImageIndexes indexes;
  private final Repository repository;
  private final ImageManifest image;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable ImageLayers layers;

  ImageConfig(ImageIndexes indexes, Repository repository, ImageManifest image) {
    this.indexes = indexes;
    this.repository = repository;
    this.image = image;
  }

  /// The image's layers with the digests of their tars.
  ///
  /// @throws IOException if the configuration cannot be had
  /// @throws IllegalArgumentException if it contradicts the manifest
  ImageLayers layers() throws IOException {
    lock.lock();
    try {
      ImageLayers known = layers;
      if (known == null) {
        known = ImageLayers.of(image, indexes.diffIds(repository, image.config().target()));
        layers = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }
}
