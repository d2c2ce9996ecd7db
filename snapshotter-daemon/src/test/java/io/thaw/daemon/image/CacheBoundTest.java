package io.thaw.daemon.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchConfig;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.daemon.layer.Decompressors;
import io.thaw.daemon.layer.FakeBlobs;
import io.thaw.daemon.layer.Layer;
import io.thaw.daemon.layer.LayerMounter;
import io.thaw.daemon.layer.LayerReads;
import io.thaw.daemon.layer.LayerStore;
import io.thaw.daemon.layer.StoredLayer;
import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.fuse.MountOptions;
import io.thaw.fuse.backend.FuseBackends;
import io.thaw.ztoc.SpanExtractor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Needs root, because layers have owners and devices.
@Timeout(300)
class CacheBoundTest {
  @TempDir Path directory;
  private final FakeVolume volume = new FakeVolume();
  private final FakeUsers users = new FakeUsers();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private DiskSpace disk;
  private SpanScheduler scheduler;
  private LayerStore store;
  private StoredLayers layers;
  private CacheBound bound;
  private Layer oldest;
  private Layer middle;
  private Layer newest;

  private static final class FakeUsers implements CacheBound.Users {
    final Set<Integer> inUse = new HashSet<>();
    final Set<Integer> mounted = new HashSet<>();

    @Override
    public Set<Integer> layersInUse() {
      return Set.copyOf(inUse);
    }

    @Override
    public boolean isMounted(Layer layer) {
      return mounted.contains(layer.number());
    }
  }

  @BeforeEach
  void fillThreeLayers() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    disk = new DiskSpace(volume, "a disk", 1 << 20);
    bound = new CacheBound(disk, 0);
    scheduler = SpanScheduler.start(FetchConfig.defaults(), new FetchCounters(), bound);
    StoredLayer one = StoredLayer.golden("pax-6.tar.gz", 65536);
    StoredLayer two = StoredLayer.golden("gnu.tar", 65536);
    StoredLayer three = StoredLayer.golden("pax-9.tar.gz", 65536);
    store =
        LayerStore.open(
            directory.resolve("layers"),
            scheduler,
            new FakeBlobs(one, two, three),
            new SpanExtractor(),
            new ParallelDownloads(ParallelDownloads.Limits.defaults()),
            Decompressors.NONE,
            disk,
            new MemorySpans(1 << 20),
            LayerReads.Factory.NONE);
    layers =
        new StoredLayers(
            store,
            new LayerMounter(FuseBackends.open("kernel"), MountOptions.defaults()),
            _ -> {},
            new StoredLayers.FillStart(true, 0, timer));
    oldest = settled(one);
    middle = settled(two);
    newest = settled(three);
  }

  private Layer settled(StoredLayer stored) throws Exception {
    Layer layer = stored.openIn(store);
    layer.fill();
    layer.settlement().get(120, TimeUnit.SECONDS);
    // The clock of the file system is not finer than this.
    long before = System.currentTimeMillis();
    while (System.currentTimeMillis() <= before) {
      Thread.onSpinWait();
    }
    layer.used();
    return layer;
  }

  @AfterEach
  void stop() throws IOException {
    timer.shutdownNow();
    if (store != null) {
      store.close();
      scheduler.close();
    }
  }

  private long all() throws IOException {
    long sum = 0;
    for (Layer layer : store.layers()) {
      sum += layer.usage().sizeBytes();
    }
    return sum;
  }

  private void enforce(long maxBytes) {
    bound = new CacheBound(disk, maxBytes);
    bound.enforce(store, layers, users);
  }

  @Test
  void emptiesNothingWithoutABoundOrBelowIt() throws IOException {
    enforce(0);
    assertThat(bound.state().usedBytes()).isEqualTo(all());
    assertThat(bound.forFill()).isTrue();

    enforce(all() + 1);

    assertThat(bound.state().evictions()).isZero();
    assertThat(bound.forFill()).isTrue();
    assertThat(store.layers()).allMatch(Layer::settled);
  }

  @Test
  void emptiesTheLeastRecentlyUsedFirstAndNoMoreThanIsNeeded() throws IOException {
    long was = oldest.usage().sizeBytes();

    enforce(all());

    assertThat(oldest.settled()).isFalse();
    assertThat(middle.settled()).isTrue();
    assertThat(newest.settled()).isTrue();
    assertThat(bound.state().evictions()).isOne();
    assertThat(bound.state().evictedBytes()).isEqualTo(was);
    assertThat(bound.forFill()).isTrue();
  }

  @Test
  void aReadCountsAsUse() throws Exception {
    oldest.used();

    enforce(all());

    assertThat(oldest.settled()).isTrue();
    assertThat(middle.settled()).isFalse();
  }

  @Test
  void leavesLayersOfContainersAndSaysWhyTheFillRests() throws IOException {
    users.inUse.add(oldest.number());
    users.inUse.add(newest.number());
    users.mounted.add(middle.number());

    enforce(all() / 2);

    assertThat(store.layers()).allMatch(Layer::settled);
    assertThat(bound.state().atBound()).isTrue();
    assertThat(bound.forFill()).isFalse();
    assertThat(bound.forReadAhead()).isTrue();
    assertThat(bound.state().reason()).contains("layers that containers use take");
  }

  @Test
  void leavesALayerThatAPullHolds() throws IOException {
    try (Lease _ = layers.lease(oldest.digest())) {
      enforce(all());

      assertThat(oldest.settled()).isTrue();
      assertThat(middle.settled()).isFalse();
    }
  }

  @Test
  void anEmptiedLayerDoesNotFillUntilItIsUsed() throws Exception {
    enforce(all());
    oldest.fill();
    bound.enforce(store, layers, users);
    assertThat(oldest.progress().spansPresent()).isZero();

    layers.used(oldest.number());

    oldest.settlement().get(120, TimeUnit.SECONDS);
    assertThat(bound.state().evictions()).isOne();
  }

  @Test
  void thereIsNoRoomForTheFillWhileTheDiskIsLowOrFull() throws IOException {
    enforce(0);
    volume.freeBytes = 0;
    disk.check();
    assertThat(bound.forFill()).isFalse();
    assertThat(bound.forReadAhead()).isTrue();

    disk.writeFailed(FakeVolume.full());

    assertThat(bound.forReadAhead()).isFalse();
  }
}
