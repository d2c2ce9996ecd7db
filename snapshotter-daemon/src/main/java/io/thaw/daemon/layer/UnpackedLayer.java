package io.thaw.daemon.layer;

import io.thaw.fuse.LayerFilesystem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/// A layer that was fetched whole and unpacked at once.
record UnpackedLayer(int number, LayerBlob blob, Path tree, LayerUsage usage) implements Layer {

  @Override
  public boolean lazy() {
    return false;
  }

  @Override
  public boolean settled() {
    return true;
  }

  @Override
  public CompletableFuture<Layer> settlement() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public LayerFilesystem filesystem() throws IOException {
    throw new IOException(
        "layer "
            + digest()
            + " was unpacked at once and needs no mount of ours; use its tree "
            + tree);
  }

  @Override
  public void fill() {}

  @Override
  public void used() {}

  /// It is never emptied, so nobody needs to know.
  @Override
  public Instant lastUsed() {
    return Instant.MAX;
  }

  @Override
  public void prefetch(int first, int end, int rank) {}

  @Override
  public LayerProgress progress(int first, int end) {
    return progress();
  }

  @Override
  public LayerProgress progress() {
    return new LayerProgress(1, 1, blob.sizeBytes(), blob.sizeBytes());
  }
}
