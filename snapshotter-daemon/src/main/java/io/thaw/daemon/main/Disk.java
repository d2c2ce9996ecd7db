package io.thaw.daemon.main;

import io.thaw.config.CacheConfig;
import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.disk.Volume;
import io.thaw.daemon.image.CacheBound;
import io.thaw.daemon.image.StoredLayers;
import io.thaw.daemon.layer.Layer;
import io.thaw.daemon.layer.LayerStore;
import io.thaw.daemon.metrics.DaemonMetrics;
import io.thaw.daemon.snapshot.MetadataStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/// The disk of the layers: how full it is, what stands in for it, and what keeps layers within
/// their bound.
///
/// @param timer on which both look now and then
record Disk(DiskSpace space, MemorySpans memory, CacheBound bound, ScheduledExecutorService timer) {
  private static final long SPACE_MILLIS = 2_000;
  private static final long BOUND_MILLIS = 500;

  /// @param layers the directory of the layers, created if absent
  static Disk open(CacheConfig config, Path layers) throws IOException {
    LayerStore.prepareRoot(layers);
    DiskSpace space =
        new DiskSpace(Volume.of(layers), layers.toString(), config.freeReserveBytes());
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("thaw-disk").daemon(true).factory());
    return new Disk(
        space,
        new MemorySpans(config.fullDiskMemoryBytes()),
        new CacheBound(space, config.maxSizeBytes()),
        timer);
  }

  void watch(
      LayerStore store,
      StoredLayers layers,
      MetadataStore metadata,
      ProcMounts mounts,
      Closers closers) {
    space.watch(timer, SPACE_MILLIS, store::spaceReturned);
    CacheBound.Users users =
        new CacheBound.Users() {
          @Override
          public Set<Integer> layersInUse() throws IOException {
            return metadata.layersInUse();
          }

          @Override
          public boolean isMounted(Layer layer) throws IOException {
            return mounts.isNamed(layer.tree());
          }
        };
    bound.watch(store, layers, users, timer, BOUND_MILLIS);
    closers.add("disk timer", timer::shutdownNow);
  }

  void show(DaemonMetrics metrics) {
    metrics.gauge(
        "thaw.disk.level",
        "0 if all is stored, 1 if the fill rests, 2 if writes fail",
        () ->
            switch (space.state().level()) {
              case NORMAL -> 0;
              case LOW -> 1;
              case FULL -> 2;
            });
    metrics.gauge("thaw.disk.memory.bytes", "Spans held in memory", memory::usedBytes);
    metrics.counter(
        "thaw.disk.memory.spans", "Spans that memory stood in for the disk", memory::spansHeld);
    metrics.gauge("thaw.cache.bytes", "What layers take on disk", () -> bound.state().usedBytes());
    metrics.gauge("thaw.cache.max.bytes", "Their bound", () -> bound.state().maxBytes());
    metrics.counter(
        "thaw.cache.evictions", "Layers emptied to stay below it", () -> bound.state().evictions());
    metrics.counter(
        "thaw.cache.evicted.bytes", "What those took", () -> bound.state().evictedBytes());
  }
}
