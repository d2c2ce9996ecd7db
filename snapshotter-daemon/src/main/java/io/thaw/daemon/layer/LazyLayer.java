package io.thaw.daemon.layer;

import io.thaw.fuse.LayerFilesystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/// A layer that is read through its zTOC while its tree fills.
final class LazyLayer implements Layer {
  private final int number;
  private final LayerBlob blob;
  private final Path tree;
  private final CompletableFuture<Layer> settlement = new CompletableFuture<>();

  LazyLayer(int number, LayerBlob blob, Path tree) {
    this.number = number;
    this.blob = blob;
    this.tree = tree;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public LayerBlob blob() {
    return blob;
  }

  @Override
  public boolean lazy() {
    return true;
  }

  @Override
  public Path tree() {
    return tree;
  }

  @Override
  public boolean settled() {
    return settlement.isDone();
  }

  @Override
  public CompletableFuture<Layer> settlement() {
    return settlement.copy();
  }

  @Override
  public LayerFilesystem filesystem() throws IOException {
    throw new IOException("not yet");
  }

  @Override
  public void fill() {}

  @Override
  public void prefetch(int first, int end) {}

  @Override
  public LayerProgress progress() {
    return new LayerProgress(0, 1, 0, blob.sizeBytes());
  }

  @Override
  public LayerUsage usage() {
    return new LayerUsage(0, 0);
  }
}
