package io.thaw.daemon.image;

import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.layer.Layer;
import io.thaw.daemon.layer.LayerStore;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps what layers take on disk within a bound, by emptying the least recently used ones that
/// nobody uses, and tells the fetches whether there is room.
///
/// The bound is one for the background: readers get their bytes even above it, and the layers of
/// running containers stay. Safe for use by many threads.
public final class CacheBound implements Room {
  private static final Logger LOG = LoggerFactory.getLogger(CacheBound.class);

  /// Less than this is not worth fetching it again.
  private static final long WORTHWHILE_BYTES = 1 << 20;

  private final DiskSpace disk;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile CacheState state;
  private boolean told;

  /// Who uses layers.
  public interface Users {

    /// Numbers of layers that are below a view or an active snapshot.
    Set<Integer> layersInUse() throws IOException;

    /// Whether a mount names the layer's tree.
    boolean isMounted(Layer layer) throws IOException;
  }

  /// @param maxBytes the bound; 0 for none
  public CacheBound(DiskSpace disk, long maxBytes) {
    this.disk = disk;
    this.maxBytes = maxBytes;
    state = new CacheState(0, maxBytes, 0, 0, "");
  }

  /// How it is.
  public CacheState state() {
    return state;
  }

  @Override
  public boolean forFill() {
    return disk.hasRoom() && !state.atBound();
  }

  @Override
  public boolean forReadAhead() {
    return !disk.isFull();
  }

  /// Looks now and then from now on.
  public void watch(
      LayerStore store,
      StoredLayers layers,
      Users users,
      ScheduledExecutorService timer,
      long periodMillis) {
    var _ =
        timer.scheduleWithFixedDelay(
            () -> enforce(store, layers, users), 0, periodMillis, TimeUnit.MILLISECONDS);
  }

  /// Adds up, and makes room if need be.
  void enforce(LayerStore store, StoredLayers layers, Users users) {
    lock.lock();
    try {
      List<Sized> sized = sizes(store);
      long used = sized.stream().mapToLong(Sized::bytes).sum();
      see(used, state.evictions(), state.evictedBytes(), "");
      if (state.atBound()) {
        makeRoom(sized, layers, users, used);
      }
    } catch (IOException | RuntimeException e) {
      LOG.atWarn().setCause(e).log("cannot tell what layers take on disk");
    } finally {
      lock.unlock();
    }
  }

  private record Sized(Layer layer, long bytes) {}

  private static List<Sized> sizes(LayerStore store) {
    List<Sized> sized = new ArrayList<>();
    for (Layer layer : store.layers()) {
      sized.add(new Sized(layer, layer.usage().sizeBytes()));
    }
    return sized;
  }

  private void makeRoom(List<Sized> sized, StoredLayers layers, Users users, long used)
      throws IOException {
    // Clearly below the bound, or the next span would be the next reason.
    long goal = maxBytes - maxBytes / 10;
    Set<Integer> inUse = users.layersInUse();
    List<Sized> candidates =
        sized.stream()
            .filter(s -> s.layer.lazy() && s.bytes >= Math.min(WORTHWHILE_BYTES, maxBytes / 10))
            .filter(s -> !inUse.contains(s.layer.number()))
            .sorted(Comparator.comparing(s -> s.layer.lastUsed()))
            .toList();
    long left = used;
    for (Sized candidate : candidates) {
      if (left > goal && evict(candidate, layers, users, left)) {
        left -= candidate.bytes;
        see(left, state.evictions() + 1, state.evictedBytes() + candidate.bytes, "");
      }
    }
    if (state.atBound()) {
      see(left, state.evictions(), state.evictedBytes(), whyNot(sized, inUse));
    }
  }

  private boolean evict(Sized candidate, StoredLayers layers, Users users, long used) {
    Layer layer = candidate.layer;
    String reason =
        "layers took %d bytes, cache.max_size_bytes is %d, and nobody had used this one since %s"
            .formatted(used, maxBytes, layer.lastUsed().truncatedTo(ChronoUnit.SECONDS));
    try {
      boolean emptied =
          layers.evict(
              layer,
              reason,
              () -> !users.layersInUse().contains(layer.number()) && !users.isMounted(layer));
      if (emptied) {
        LOG.atInfo()
            .addKeyValue("layerDigest", layer.digest().toString())
            .addKeyValue("bytes", candidate.bytes)
            .addKeyValue("lastUsed", layer.lastUsed().toString())
            .log("emptied a layer that nobody uses, to stay within cache.max_size_bytes");
      }
      return emptied;
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("layerDigest", layer.digest().toString())
          .setCause(e)
          .log("cannot empty a layer that nobody uses");
      return false;
    }
  }

  private String whyNot(List<Sized> sized, Set<Integer> inUse) {
    long used = 0;
    long unindexed = 0;
    for (Sized s : sized) {
      if (inUse.contains(s.layer.number())) {
        used += s.bytes;
      } else if (!s.layer.lazy()) {
        unindexed += s.bytes;
      }
    }
    return ("layers that containers use take %d bytes, unused ones without a zTOC %d; the fill rests"
            + " until there is room below %d")
        .formatted(used, unindexed, maxBytes);
  }

  private void see(long used, long evictions, long evictedBytes, String reason) {
    state = new CacheState(used, maxBytes, evictions, evictedBytes, reason);
    if (!reason.isEmpty() && !told) {
      LOG.atWarn()
          .addKeyValue("usedBytes", used)
          .addKeyValue("reason", reason)
          .log("layers take more than cache.max_size_bytes");
    }
    told = !reason.isEmpty() || (told && state.atBound());
  }
}
