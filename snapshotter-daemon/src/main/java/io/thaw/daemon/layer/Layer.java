package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.FetchTrouble;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// One layer on this host, shared by all snapshots that contain it.
///
/// A lazy layer starts empty: its filesystem shows everything at once and reads wait for their
/// spans. Once all spans are here it *settles*: its tree is then what containerd's overlayfs
/// snapshotter would have unpacked. A layer unpacked at once is settled when one gets it. Safe for
/// use by many threads.
public sealed interface Layer permits LazyLayer, UnpackedLayer {

  /// The layer's short number: the name of its directory. Never used again for another layer while
  /// this one exists.
  int number();

  /// Where its stored bytes come from.
  LayerBlob blob();

  /// The digest of its stored bytes, its key.
  default Digest digest() {
    return blob().digest();
  }

  /// Whether it is read through a zTOC, as opposed to unpacked at once.
  boolean lazy();

  /// The directory that holds its files; to be given to a container only once {@link #settled}.
  Path tree();

  /// Whether {@link #tree} is complete and synced to disk.
  boolean settled();

  /// Completes with this layer when it settles; cancelled if it is removed before.
  CompletableFuture<Layer> settlement();

  /// What a mount of the layer serves, also after it settled.
  ///
  /// @throws IOException if it was unpacked at once, or its zTOC cannot be read
  LayerFilesystem filesystem() throws IOException;

  /// A mount of it serves from now on.
  default void mounted() {}

  /// Starts to fetch what is missing, in the background. Does nothing if nothing is, or it has been
  /// started.
  void fill();

  /// The layer is mounted: a container is about to read what it starts with.
  default void expectReaders() {}

  /// Wishes for the spans `[first, end)` soon, ahead of the background; bounds are clipped.
  ///
  /// @param rank wishes of all layers are served from the lowest rank to the highest
  void prefetch(int first, int end, int rank);

  /// How far it is.
  LayerProgress progress();

  /// How much of the spans `[first, end)` is present; bounds are clipped.
  LayerProgress progress(int first, int end);

  /// The latest failure of a transfer, if nothing has arrived since.
  default Optional<FetchTrouble> trouble() {
    return Optional.empty();
  }

  /// All that can be told of it, at about one moment.
  default LayerState state() {
    return new LayerState(number(), blob(), lazy(), settled(), progress(), usage(), trouble());
  }

  /// What its tree takes on disk now; cheap.
  LayerUsage usage();

  /// Somebody uses it: a snapshot on top of it is mounted, or it is pulled.
  ///
  /// @throws IOException if that cannot be recorded
  void used() throws IOException;

  /// When it was used or read last.
  Instant lastUsed();
}
