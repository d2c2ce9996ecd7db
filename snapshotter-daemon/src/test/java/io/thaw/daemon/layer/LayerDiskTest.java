package io.thaw.daemon.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.disk.Volume;
import io.thaw.daemon.fetch.FetchConfig;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.fuse.sys.Mounts;
import io.thaw.fuse.sys.TreeWalk;
import io.thaw.fuse.sys.Trees;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What layers take on disk, what they do when it is full, and how they give it back. Needs root,
/// because layers have owners and devices.
@Timeout(300)
class LayerDiskTest {
  private static final long SPAN = 65536;
  private static final String REASON = "layers took more than they may";
  private static final String BOOT = "0b3c2f5e-0000-4000-8000-000000000001";

  @TempDir Path directory;
  private final FakeVolume volume = new FakeVolume();
  private final MemorySpans memory = new MemorySpans(1 << 20);
  private Path layers;
  private boolean smallDisk;
  private DiskSpace disk;
  private SpanScheduler scheduler;
  private LayerStore store;

  @BeforeEach
  void needsRoot() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    layers = Files.createDirectory(directory.resolve("layers"));
  }

  @AfterEach
  void stop() throws IOException {
    close();
    if (smallDisk) {
      Mounts.unmount(layers, Mounts.MNT_DETACH);
    }
  }

  private void close() throws IOException {
    if (store != null) {
      store.close();
      scheduler.close();
      store = null;
    }
  }

  private void mountSmallDisk(String options) throws IOException {
    Mounts.mount("tmpfs", layers, "tmpfs", 0, options);
    smallDisk = true;
  }

  private void open(FakeBlobs blobs) throws IOException {
    open(blobs, volume);
  }

  private void open(FakeBlobs blobs, Volume on) throws IOException {
    disk = new DiskSpace(on, "the test's disk", 1);
    Room room =
        new Room() {
          @Override
          public boolean forFill() {
            return disk.hasRoom();
          }

          @Override
          public boolean forReadAhead() {
            return !disk.isFull();
          }
        };
    scheduler = SpanScheduler.start(FetchConfig.defaults(), new FetchCounters(), room);
    store =
        LayerStore.open(
            layers,
            scheduler,
            blobs,
            new SpanExtractor(),
            StoredLayer.eager(),
            disk,
            memory,
            BOOT,
            LayerReads.Factory.NONE);
  }

  private static void settle(Layer layer) throws Exception {
    layer.fill();
    layer.settlement().get(120, TimeUnit.SECONDS);
  }

  /// All files by path, as a layer unpacked at once on a disk with room has them.
  private Map<String, byte[]> expected(StoredLayer stored) throws Exception {
    Map<String, byte[]> files = new HashMap<>();
    SpanScheduler other =
        SpanScheduler.start(FetchConfig.defaults(), new FetchCounters(), Room.PLENTY);
    try (LayerStore aside =
        LayerStore.open(
            directory.resolve("aside"),
            other,
            new FakeBlobs(stored),
            new SpanExtractor(),
            StoredLayer.eager(),
            FakeVolume.withRoom(),
            new MemorySpans(1 << 20),
            BOOT,
            LayerReads.Factory.NONE)) {
      Layer layer = aside.openLazy(stored.blob, stored.ztocDigest, stored::openZtoc);
      settle(layer);
      LayerTree tree = layer.filesystem().tree();
      for (int i = 0; i < tree.fileCount(); i++) {
        String path = new String(tree.path(tree.file(i)), StandardCharsets.UTF_8);
        files.put(path, Files.readAllBytes(layer.tree().resolve(path)));
      }
    } finally {
      other.close();
    }
    return files;
  }

  private static byte[] read(Layer layer, int node) throws Exception {
    LayerTree tree = layer.filesystem().tree();
    ByteBuffer dst = ByteBuffer.allocateDirect((int) tree.sizeBytes(node));
    assertThat(layer.filesystem().content().read(node, 0, dst)).isEqualTo(dst.limit());
    byte[] bytes = new byte[dst.flip().remaining()];
    dst.get(bytes);
    return bytes;
  }

  private static void assertReads(Layer layer, Map<String, byte[]> files) throws Exception {
    LayerTree tree = layer.filesystem().tree();
    assertThat(tree.fileCount()).isEqualTo(files.size());
    for (int i = 0; i < tree.fileCount(); i++) {
      String path = new String(tree.path(tree.file(i)), StandardCharsets.UTF_8);
      assertThat(read(layer, tree.file(i))).as(path).isEqualTo(files.get(path));
    }
  }

  /// Reads ahead may still be writing.
  private static void awaitUsageAsDu(Layer layer) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    LayerUsage expected = du(layer.tree());
    while (!layer.usage().equals(expected) && System.nanoTime() < deadline) {
      expected = du(layer.tree());
    }
    assertThat(layer.usage()).isEqualTo(expected);
  }

  private static LayerUsage du(Path tree) throws Exception {
    Process du = new ProcessBuilder("du", "-s", "-B1", tree.toString()).start();
    String text = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(du.waitFor()).isZero();
    Process count = new ProcessBuilder("du", "-s", "--inodes", tree.toString()).start();
    String inodes = new String(count.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(count.waitFor()).isZero();
    return new LayerUsage(
        Long.parseLong(text.split("\\s", -1)[0]), Long.parseLong(inodes.split("\\s", -1)[0]));
  }

  @Test
  void usageIsWhatDuSaysWhileALayerFillsAfterARestartAndWhenItHasSettled() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    open(blobs);
    Layer layer = stored.openIn(store);
    assertThat(layer.usage()).isEqualTo(du(layer.tree()));
    LayerTree tree = layer.filesystem().tree();
    for (int i = 0; i < tree.fileCount(); i += 7) {
      read(layer, tree.file(i));
      awaitUsageAsDu(layer);
    }
    LayerUsage before = layer.usage();
    assertThat(before.inodes()).isLessThan(tree.inodeCount());
    close();

    open(blobs);
    Layer again = store.find(stored.blob.digest()).orElseThrow();
    assertThat(again.usage()).isEqualTo(before);
    settle(again);

    assertThat(again.usage()).isEqualTo(du(again.tree()));
    assertThat(again.usage().inodes()).isEqualTo(tree.inodeCount());
  }

  @Test
  void readsGoOnWhileTheDiskIsFullAndTheFillEndsWhenThereIsSpace() throws Exception {
    StoredLayer stored = StoredLayer.golden("gnu.tar", SPAN);
    Map<String, byte[]> files = expected(stored);
    mountSmallDisk("size=600k");
    open(new FakeBlobs(stored), Volume.of(layers));
    Layer layer = stored.openIn(store);

    assertReads(layer, files);

    assertThat(disk.isFull()).isTrue();
    assertThat(disk.state().reason()).contains("is full (ENOSPC)");
    assertThat(memory.spansHeld()).isPositive();
    assertThat(memory.usedBytes()).isBetween(1L, 1L << 20);
    assertThat(layer.progress().complete()).isFalse();
    layer.fill();
    disk.check();
    assertThat(disk.isFull()).isTrue();
    assertReads(layer, files);
    run("mount", "-o", "remount,size=64m", layers.toString());

    disk.check();
    store.spaceReturned();

    assertThat(disk.isFull()).isFalse();
    layer.settlement().get(120, TimeUnit.SECONDS);
    assertReads(layer, files);
    assertThat(memory.usedBytes()).isZero();
  }

  @Test
  void aFilesystemWithoutInodesIsAFullDiskToo() throws Exception {
    StoredLayer stored = StoredLayer.golden("gnu.tar", SPAN);
    Map<String, byte[]> files = expected(stored);
    mountSmallDisk("size=64m,nr_inodes=40");
    open(new FakeBlobs(stored), Volume.of(layers));
    Layer layer = stored.openIn(store);

    assertReads(layer, files);

    assertThat(disk.isFull()).isTrue();
    assertThat(layer.progress().complete()).isFalse();
  }

  @Test
  void saysThatALayerThatIsUnpackedAtOnceDoesNotFit() throws Exception {
    StoredLayer stored = StoredLayer.golden("gnu.tar", SPAN);
    mountSmallDisk("size=600k");
    open(new FakeBlobs(stored), Volume.of(layers));

    assertThatThrownBy(() -> store.unpack(stored.blob, stored.order()))
        .hasMessageContaining("is full (ENOSPC)");

    store.awaitRemovals();
    assertThat(layers).isEmptyDirectory();
  }

  @Test
  void aSpanTooLargeForMemoryIsAnErrorThatSaysSo() throws Exception {
    StoredLayer stored = StoredLayer.golden("gnu.tar", 4 << 20);
    open(new FakeBlobs(stored));
    Layer layer = stored.openIn(store);
    volume.refusesWrites = true;
    disk.writeFailed(FakeVolume.full());

    assertThatThrownBy(() -> read(layer, layer.filesystem().tree().file(0)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the disk is full")
        .hasMessageContaining("cache.full_disk_memory_bytes");
  }

  @Test
  void anEmptiedLayerIsLazyAgainAndReadsTheSame() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    Map<String, byte[]> files = expected(stored);
    open(new FakeBlobs(stored));
    Layer layer = stored.openIn(store);
    settle(layer);
    long full = layer.usage().sizeBytes();
    AtomicBoolean offered = new AtomicBoolean(true);

    boolean emptied =
        store.evict(
            layer,
            REASON,
            () -> {
              offered.set(layer.settled());
              return true;
            });

    assertThat(emptied).isTrue();
    assertThat(offered).as("whether the tree was offered while it was about to go").isFalse();
    assertThat(layer.settled()).isFalse();
    assertThat(layer.settlement()).isNotDone();
    assertThat(layer.progress().spansPresent()).isZero();
    assertThat(layer.usage()).isEqualTo(du(layer.tree()));
    assertThat(layer.usage().sizeBytes()).isLessThan(full / 10);
    store.awaitRemovals();
    assertThat(directory.resolve("layers")).isDirectoryNotContaining("glob:**/removed-*");
    assertReads(layer, files);
    layer.used();
    settle(layer);
    assertReads(layer, files);
    assertThat(layer.usage().inodes()).isEqualTo(layer.filesystem().tree().inodeCount());
  }

  @Test
  void anEmptiedLayerFillsOnlyOnceItIsUsedAlsoAfterARestart() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    open(blobs);
    Layer layer = stored.openIn(store);
    settle(layer);
    assertThat(store.emptied(stored.blob.digest())).isEmpty();
    store.evict(layer, REASON, () -> true);
    int fetched = blobs.ranges.get();
    Emptied told = store.emptied(stored.blob.digest()).orElseThrow();
    assertThat(told.reason()).isEqualTo(REASON);
    assertThat(told.bytes()).isPositive();
    layer.fill();
    close();
    open(blobs);
    Layer again = store.find(stored.blob.digest()).orElseThrow();
    assertThat(store.emptied(stored.blob.digest()))
        .contains(
            new Emptied(told.at().truncatedTo(ChronoUnit.MILLIS), told.bytes(), told.reason()));
    again.fill();
    assertThat(again.progress().spansPresent()).isZero();
    assertThat(blobs.ranges).hasValue(fetched);
    assertThat(store.evict(again, REASON, () -> true)).as("emptied twice").isFalse();

    again.used();

    settle(again);
  }

  @Test
  void aNoteOfAnEmptyingThatACrashSpoiltCostsOnlyTheNote() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    open(blobs);
    Layer layer = stored.openIn(store);
    settle(layer);
    store.evict(layer, REASON, () -> true);
    close();
    Path note = directory.resolve("layers").resolve(layer.number() + "/emptied.json");
    Files.write(note, new byte[100]);

    open(blobs);

    assertThat(store.find(stored.blob.digest())).isPresent();
    assertThat(store.emptied(stored.blob.digest())).isEmpty();
    assertThat(note).doesNotExist();
  }

  @Test
  void aLayerThatIsUsedIsNotEmptied() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    open(new FakeBlobs(stored));
    Layer layer = stored.openIn(store);
    settle(layer);

    assertThat(store.evict(layer, REASON, () -> false)).isFalse();

    assertThat(layer.settled()).isTrue();
  }

  @Test
  void aLayerUnpackedAtOnceIsNotEmptied() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    open(new FakeBlobs(stored));
    Layer layer = store.unpack(stored.blob, stored.order()).layer();

    assertThat(store.evict(layer, REASON, () -> true)).isFalse();

    assertThat(layer.settled()).isTrue();
  }

  @Test
  void readersNeverSeeAHoleWhileALayerIsEmptiedAgainAndAgain() throws Exception {
    StoredLayer stored = StoredLayer.golden("gnu.tar", SPAN);
    Map<String, byte[]> files = expected(stored);
    open(new FakeBlobs(stored));
    Layer layer = stored.openIn(store);
    LayerTree tree = layer.filesystem().tree();
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    List<Future<Integer>> readers = new ArrayList<>();
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 4; i++) {
        Random random = new Random(seed + i);
        readers.add(
            threads.submit(
                () -> {
                  int reads = 0;
                  while (!stop.get()) {
                    int node = tree.file(random.nextInt(tree.fileCount()));
                    String path = new String(tree.path(node), StandardCharsets.UTF_8);
                    assertThat(readNowOrLater(layer, node)).as(path).isEqualTo(files.get(path));
                    reads++;
                  }
                  return reads;
                }));
      }
      for (int round = 0; round < 20; round++) {
        layer.used();
        layer.fill();
        if (round % 2 == 0) {
          layer.settlement().get(60, TimeUnit.SECONDS);
        }
        assertThat(store.evict(layer, REASON, () -> true)).isTrue();
      }
      stop.set(true);
      for (Future<Integer> reader : readers) {
        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
      }
    }
  }

  private static byte[] readNowOrLater(Layer layer, int node) throws Exception {
    ByteBuffer dst = ByteBuffer.allocateDirect((int) layer.filesystem().tree().sizeBytes(node));
    if (layer.filesystem().content().readIfPresent(node, 0, dst) < 0) {
      return read(layer, node);
    }
    byte[] bytes = new byte[dst.flip().remaining()];
    dst.get(bytes);
    return bytes;
  }

  @Test
  void aRemovedLayerIsOutOfSightAtOnceAndGoneAfterTheRemovals() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    open(new FakeBlobs(stored));
    Layer layer = stored.openIn(store);
    settle(layer);

    store.remove(layer);

    assertThat(layer.tree()).doesNotExist();
    assertThat(store.find(stored.blob.digest())).isEmpty();
    store.awaitRemovals();
    assertThat(layers).isEmptyDirectory();
  }

  @Test
  void whatCannotBeDeletedIsToldAndTriedAgain() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    open(new FakeBlobs(stored));
    Layer layer = stored.openIn(store);
    Path busy = Files.createDirectory(layer.tree().resolve("busy"));
    Mounts.mount("tmpfs", busy, "tmpfs", 0, "size=64k");
    store.remove(layer);
    Path moved = mountedBelow(layers);
    try {
      assertThatThrownBy(() -> store.awaitRemovals()).hasMessageContaining("unmount it first");
    } finally {
      Mounts.unmount(moved, 0);
    }

    store.awaitRemovals();

    assertThat(layers).isEmptyDirectory();
  }

  private static Path mountedBelow(Path directory) throws IOException {
    return Mounts.list().stream()
        .map(entry -> Path.of(entry.mountpoint()))
        .filter(path -> path.startsWith(directory))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatACrashLeavesGoesAtTheNextStartHoweverDeep() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    open(blobs);
    Layer kept = stored.openIn(store);
    settle(kept);
    close();
    Files.createDirectories(layers.resolve("7/tree/etc"));
    Files.createDirectories(layers.resolve("removed-9-x/tree"));
    Files.createDirectories(layers.resolve(Volume.PROBE));
    Files.createDirectories(kept.tree().resolveSibling("tree-empty"));

    open(blobs);
    store.awaitRemovals();

    List<String> left = new ArrayList<>();
    TreeWalk.walk(
        Trees.rawBytes(layers), (_, name, _) -> left.add(new String(name, StandardCharsets.UTF_8)));
    assertThat(left).contains("1", "layer.json", "tree").doesNotContain("7", "tree-empty");
    assertThat(left).noneMatch(name -> name.startsWith("removed-"));
    assertThat(store.find(stored.blob.digest()).orElseThrow().settled()).isTrue();
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
