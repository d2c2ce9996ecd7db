package io.thaw.daemon.image;

import io.thaw.daemon.cover.LayerFrame;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.layer.ByteSupplier;
import io.thaw.daemon.layer.Emptied;
import io.thaw.daemon.layer.Layer;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerMounter;
import io.thaw.daemon.layer.LayerProgress;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.layer.LayerStore;
import io.thaw.daemon.layer.LayerUsage;
import io.thaw.daemon.layer.UnpackOrder;
import io.thaw.daemon.snapshot.LayerDirectories;
import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.daemon.snapshot.Usage;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The layer store as snapshotter and puller see it. Safe for use by many threads.
public final class StoredLayers implements LayerDirectories, LayerOpener {
  private static final Logger LOG = LoggerFactory.getLogger(StoredLayers.class);

  private final LayerStore store;
  private final LayerMounter mounter;
  private final StaleMounts stale;
  private final FillStart fill;
  private final LayerLeases leases = new LayerLeases();
  private final Map<Path, ReentrantLock> mountpoints = new ConcurrentHashMap<>();

  /// Ends mounts this process did not make.
  @FunctionalInterface
  public interface StaleMounts {
    /// Ends every mount at this directory; does nothing if there is none.
    void detach(Path mountpoint) throws IOException;
  }

  /// When lazy layers begin to fill.
  ///
  /// @param enabled whether they do
  /// @param delayMillis pause after the first mount
  /// @param timer runs the start; never blocks
  public record FillStart(boolean enabled, long delayMillis, ScheduledExecutorService timer) {}

  public StoredLayers(LayerStore store, LayerMounter mounter, StaleMounts stale, FillStart fill) {
    this.store = store;
    this.mounter = mounter;
    this.stale = stale;
    this.fill = fill;
  }

  /// Whether the store has the layer now.
  public boolean has(Digest layerDigest) {
    return store.find(layerDigest).isPresent();
  }

  /// How all layers are now, by number.
  public List<LayerState> states() {
    return store.layers().stream().map(Layer::state).toList();
  }

  /// When the layer of this digest was emptied last, and why; empty if it never was.
  public Optional<Emptied> emptied(Digest layerDigest) {
    return store.emptied(layerDigest);
  }

  @Override
  public Lease lease(Digest layerDigest) {
    return leases.take(layerDigest);
  }

  @Override
  public ParallelDownloads.Share share() {
    return store.share();
  }

  @Override
  public Opened openLazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException {
    Layer layer = store.openLazy(blob, ztocDigest, ztoc);
    return new Opened(layer.number(), layer.lazy());
  }

  @Override
  public Opened unpack(LayerBlob blob, UnpackOrder order) throws IOException {
    LayerStore.Unpacked unpacked = store.unpack(blob, order);
    Layer layer = unpacked.layer();
    return new Opened(layer.number(), layer.lazy(), unpacked.ztoc());
  }

  @Override
  public void prefetch(Digest layerDigest, int first, int end, int rank) {
    store.find(layerDigest).ifPresent(layer -> layer.prefetch(first, end, rank));
  }

  @Override
  public void fill(Digest layerDigest) {
    store.find(layerDigest).ifPresent(Layer::fill);
  }

  @Override
  public Optional<LayerState> state(Digest layerDigest) {
    return store.find(layerDigest).map(Layer::state);
  }

  @Override
  public Optional<LayerProgress> progress(Digest layerDigest, int first, int end) {
    return store.find(layerDigest).map(layer -> layer.progress(first, end));
  }

  @Override
  public boolean has(Digest layerDigest, int number) {
    return store.find(layerDigest).filter(l -> l.number() == number).isPresent();
  }

  @Override
  public Optional<Path> settled(int layer) throws IOException {
    Layer found = require(layer);
    return found.settled() ? Optional.of(found.tree()) : Optional.empty();
  }

  @Override
  public Optional<LayerFrame> frame(int layer) throws IOException {
    return store.frame(require(layer));
  }

  @Override
  public void ensureMounted(int layer, Path mountpoint, boolean quickXattrs) throws IOException {
    ReentrantLock lock = mountpoints.computeIfAbsent(mountpoint, _ -> new ReentrantLock());
    lock.lock();
    try {
      if (mounter.isMounted(mountpoint)) {
        return;
      }
      // A session that ended by itself, or a mount of a daemon that died.
      mounter.unmount(mountpoint);
      stale.detach(mountpoint);
      Layer found = require(layer);
      mounter.mount(found, mountpoint, quickXattrs);
      found.mounted();
      if (fill.enabled()) {
        found.expectReaders();
      }
      startFill(found);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void adopt(int layer, Path mountpoint, boolean quickXattrs) throws IOException {
    ReentrantLock lock = mountpoints.computeIfAbsent(mountpoint, _ -> new ReentrantLock());
    lock.lock();
    try {
      Layer found = require(layer);
      if (mounter.adopt(found, mountpoint, quickXattrs)) {
        startFill(found);
      }
    } finally {
      lock.unlock();
    }
  }

  private void startFill(Layer layer) {
    if (fill.enabled() && !layer.settled()) {
      var _ = fill.timer().schedule(layer::fill, fill.delayMillis(), TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void unmount(Path mountpoint) throws IOException {
    ReentrantLock lock = mountpoints.computeIfAbsent(mountpoint, _ -> new ReentrantLock());
    lock.lock();
    try {
      mounter.unmount(mountpoint);
      stale.detach(mountpoint);
    } finally {
      lock.unlock();
      mountpoints.remove(mountpoint, lock);
    }
  }

  @Override
  public Usage usage(int layer) throws IOException {
    LayerUsage usage = require(layer).usage();
    return new Usage(usage.sizeBytes(), usage.inodes());
  }

  @Override
  public List<Integer> numbers() {
    return store.layers().stream().map(Layer::number).toList();
  }

  @Override
  public void removeIf(int layer, Unused unused) throws IOException {
    Optional<Layer> found = store.find(layer);
    if (found.isPresent()) {
      leases.runIfFree(
          found.get().digest(),
          () -> {
            if (unused.check()) {
              store.remove(found.get());
            }
          });
    }
  }

  @Override
  public void awaitRemovals() throws IOException {
    store.awaitRemovals();
  }

  @Override
  public void used(int layer) {
    try {
      Optional<Layer> found = store.find(layer);
      if (found.isPresent()) {
        found.get().used();
        startFill(found.get());
      }
    } catch (IOException e) {
      LOG.warn("cannot record that layer {} is used: {}", layer, e.getMessage());
    }
  }

  /// Empties the layer unless it is leased or `unused` says no.
  ///
  /// @param reason for people
  /// @return whether it was emptied
  boolean evict(Layer layer, String reason, Unused unused) throws IOException {
    boolean[] emptied = new boolean[1];
    leases.runIfFree(layer.digest(), () -> emptied[0] = store.evict(layer, reason, unused::check));
    return emptied[0];
  }

  private Layer require(int layer) throws IOException {
    return store
        .find(layer)
        .orElseThrow(
            () ->
                new IOException(
                    "layer %d is not in the store; remove the image and pull it again"
                        .formatted(layer)));
  }
}
