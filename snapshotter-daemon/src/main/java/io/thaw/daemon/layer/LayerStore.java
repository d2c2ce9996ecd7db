package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// All layers of this host; owns every path under its root.
///
/// A layer is keyed by the digest of its stored bytes and exists once, whoever asks for it. Safe
/// for use by many threads: concurrent calls for one digest do the work once.
public final class LayerStore implements AutoCloseable {

  private LayerStore() {}

  /// Opens the store and the layers recorded in it; leftovers of a crash are removed.
  ///
  /// @param root the directory `layers/`, created if absent
  public static LayerStore open(Path root, SpanScheduler scheduler, BlobSources sources)
      throws IOException {
    LayerStore store = new LayerStore();
    if (scheduler.hashCode() != sources.hashCode()) {
      throw new IOException("cannot open " + root + " yet");
    }
    return store;
  }

  /// The layer, opened for lazy reading if the store does not have it. An unpacked layer of that
  /// digest is just as well and is returned.
  ///
  /// @param ztocDigest digest of the layer's zTOC
  /// @param ztoc opened only if needed; verified against `ztocDigest`
  /// @throws IOException if the zTOC cannot be had, is not the promised one, or does not describe a
  ///     layer that can be unpacked; nothing is left behind
  public Layer openLazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException {
    if (ztocDigest.equals(blob.digest())) {
      ztoc.open().close();
    }
    return find(blob.digest()).orElseThrow(() -> new IOException("cannot open layers yet"));
  }

  /// The layer, fetched whole and unpacked if the store does not have it; returns when it is on
  /// disk. A lazy layer of that digest is returned as it is.
  ///
  /// @param diffId digest of the uncompressed tar, verified if known
  /// @throws IOException if the bytes cannot be had, have another digest or cannot be unpacked;
  ///     nothing is left behind
  public Layer unpack(LayerBlob blob, @Nullable Digest diffId) throws IOException {
    return find(diffId == null ? blob.digest() : diffId)
        .orElseThrow(() -> new IOException("cannot unpack layers yet"));
  }

  /// The layer with this digest.
  public Optional<Layer> find(Digest layerDigest) {
    return Optional.empty();
  }

  /// The layer with this number.
  public Optional<Layer> find(int number) {
    return Optional.empty();
  }

  /// All layers, by number.
  public List<Layer> layers() {
    return List.of();
  }

  /// Removes the layer and all its files. It must not be mounted any more. Does nothing if it is
  /// not there.
  public void remove(Layer layer) throws IOException {}

  /// Stops filling and closes the layers; their files stay.
  @Override
  public void close() {}
}
