package io.thaw.daemon.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.daemon.disk.DiskSpace;
import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchConfigs;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.fuse.LayerContent;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.tree.LayerTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Needs root, because layers have owners and devices.
@Timeout(120)
class LayerStoreTest {
  private static final long SPAN = 65536;
  private static final String OPAQUE = "('trusted.overlay.opaque', '79')";
  private static final String BOOT = "0b3c2f5e-0000-4000-8000-000000000001";
  private static final String OTHER_BOOT = "0b3c2f5e-0000-4000-8000-000000000002";

  @TempDir Path directory;
  private final FakeVolume volume = new FakeVolume();
  private final MemorySpans memory = new MemorySpans(1 << 20);
  private DiskSpace disk;
  private SpanScheduler scheduler;
  private LayerStore store;

  @BeforeEach
  void needsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
  }

  @AfterEach
  void stop() throws IOException {
    close();
  }

  private void close() throws IOException {
    if (store != null) {
      store.close();
      scheduler.close();
      store = null;
    }
  }

  private LayerStore open(FakeBlobs blobs) throws IOException {
    return open(blobs, BOOT);
  }

  private volatile LayerReads reads = LayerReads.NONE;

  private LayerStore open(FakeBlobs blobs, String boot) throws IOException {
    disk = new DiskSpace(volume, "the test's disk", 1 << 20);
    scheduler =
        SpanScheduler.start(FetchConfigs.withoutReadAhead(), new FetchCounters(), Room.PLENTY);
    store =
        LayerStore.open(
            directory.resolve("layers"),
            scheduler,
            blobs,
            new SpanExtractor(),
            StoredLayer.eager(),
            disk,
            memory,
            boot,
            _ -> reads);
    return store;
  }

  private Layer unpack(StoredLayer layer) throws IOException {
    return store.unpack(layer.blob, layer.order()).layer();
  }

  private static void settle(Layer layer) throws Exception {
    layer.fill();
    layer.settlement().get(20, TimeUnit.SECONDS);
  }

  private static int node(LayerTree tree, String path) {
    int node = tree.root();
    for (String name : path.split("/", -1)) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      node = tree.lookup(node, bytes, 0, bytes.length);
      assertThat(node).as(path).isNotNegative();
    }
    return node;
  }

  private static byte[] read(Layer layer, String path) throws Exception {
    LayerTree tree = layer.filesystem().tree();
    int node = node(tree, path);
    ByteBuffer dst = ByteBuffer.allocateDirect((int) tree.sizeBytes(node));
    assertThat(layer.filesystem().content().read(node, 0, dst)).isEqualTo(dst.limit());
    byte[] bytes = new byte[dst.flip().remaining()];
    dst.get(bytes);
    return bytes;
  }

  private Path unpackedByTar(StoredLayer layer) throws Exception {
    Path tar = directory.resolve("layer.tar");
    Path out = directory.resolve("by-tar");
    Files.write(tar, layer.bytes);
    Files.createDirectory(out);
    Process process =
        new ProcessBuilder(
                "tar",
                "-xpf",
                tar.toString(),
                "-C",
                out.toString(),
                "--numeric-owner",
                "--delay-directory-restore",
                "--same-owner",
                "--xattrs",
                "--xattrs-include=*")
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    return out;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pax-6.tar.gz",
        "pax-multi.tar.gz",
        "pax-stored.tar.gz",
        "pax-sync.tar.gz",
        "gnu-pigzi.tar.gz",
        "gnu.tar",
        "tiny-6.tar.gz"
      })
  void settlesToWhatTarUnpacks(String name) throws Exception {
    StoredLayer stored = StoredLayer.golden(name, SPAN);
    Layer layer = stored.openIn(open(new FakeBlobs(stored)));
    settle(layer);
    Map<String, TreeListing.Entry> expected = TreeListing.of(unpackedByTar(stored));
    Map<String, TreeListing.Entry> actual = TreeListing.of(layer.tree());
    expected.remove("");
    actual.remove("");
    assertThat(expected.remove("d04/.wh.gone")).isNotNull();
    assertThat(expected.remove("d05/.wh..wh..opq")).isNotNull();
    assertThat(actual.remove("d04/gone").data()).contains("kind=20000").contains("data=0:0");
    assertThat(actual.get("d05").attributes()).contains(OPAQUE);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    LayerTree tree = layer.filesystem().tree();
    for (String path : expected.keySet()) {
      TreeListing.Entry entry = actual.get(path);
      assertThat(entry.data()).as(path).isEqualTo(expected.get(path).data());
      boolean unnamed = node(tree, path) >= tree.entryCount();
      // tar gives directories it was not told of the time of day, and ignores the header of a
      // second link, which containerd obeys.
      if (!unnamed && !entry.hardLinked()) {
        assertThat(entry.attributes().replace(OPAQUE, ""))
            .as(path)
            .isEqualTo(expected.get(path).attributes());
      }
    }
    assertThat(layer.settled()).isTrue();
    assertThat(layer.progress().complete()).isTrue();
    assertThat(layer.usage().inodes()).isEqualTo(layer.filesystem().tree().inodeCount());
    assertThat(layer.usage().sizeBytes()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pax-6.tar.gz", "pax-multi.tar.gz", "gnu.tar", "tiny.tar"})
  void unpacksAtOnceToWhatALazyLayerSettlesTo(String name) throws Exception {
    StoredLayer stored = StoredLayer.golden(name, SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    open(blobs);
    Layer lazy = stored.openIn(store);
    settle(lazy);
    Map<String, TreeListing.Entry> settled = TreeListing.of(lazy.tree());
    store.remove(lazy);
    assertThat(lazy.tree()).doesNotExist();
    Layer eager = unpack(stored);
    assertThat(TreeListing.of(eager.tree())).isEqualTo(settled);
    assertThat(eager.settled()).isTrue();
    assertThat(eager.lazy()).isFalse();
    assertThat(eager.usage().inodes()).isEqualTo(lazy.usage().inodes());
    assertThat(blobs.wholes).hasValue(0);
    assertThat(eager.tree().resolveSibling("data")).doesNotExist();
  }

  @Test
  void unpacksZstd() throws Exception {
    StoredLayer gzip = StoredLayer.golden("pax-6.tar.gz", SPAN);
    byte[] tar;
    try (var in = new GZIPInputStream(new ByteArrayInputStream(gzip.bytes))) {
      tar = in.readAllBytes();
    }
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (var out = new com.github.luben.zstd.ZstdOutputStream(compressed)) {
      out.write(tar);
    }
    StoredLayer zstd = StoredLayer.withoutZtoc(compressed.toByteArray(), gzip.diffId);
    open(new FakeBlobs(gzip, zstd));
    Layer one = unpack(gzip);
    Layer other = unpack(zstd);
    assertThat(TreeListing.of(other.tree())).isEqualTo(TreeListing.of(one.tree()));
  }

  @Test
  void refusesALayerWithOtherBytesAndLeavesNothing() throws Exception {
    StoredLayer stored = StoredLayer.golden("gnu.tar", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    open(blobs);
    blobs.flippedOffset = 700_000;
    assertThatThrownBy(() -> unpack(stored))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("instead of " + stored.blob.digest());
    assertThat(directory.resolve("layers")).isEmptyDirectory();
    blobs.flippedOffset = -1;
    Digest wrong = Digest.sha256(new byte[] {1});
    assertThatThrownBy(() -> store.unpack(stored.blob, StoredLayer.order(wrong)))
        .hasMessageContaining("instead of " + wrong);
    assertThat(directory.resolve("layers")).isEmptyDirectory();
    assertThat(store.find(stored.blob.digest())).isEmpty();
  }

  @Test
  void readsAFileByFetchingOnlyItsSpans() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    Layer layer = stored.openIn(open(blobs));
    assertThat(blobs.ranges).hasValue(0);
    Path byTar = unpackedByTar(stored);
    assertThat(read(layer, "d00/f00000.txt"))
        .isEqualTo(Files.readAllBytes(byTar.resolve("d00/f00000.txt")));
    assertThat(blobs.ranges).hasValue(1);
    assertThat(layer.progress().spansPresent()).isBetween(1, 3);
    assertThat(layer.usage().sizeBytes()).isPositive();
    assertThat(read(layer, "opt/big.bin"))
        .isEqualTo(Files.readAllBytes(byTar.resolve("opt/big.bin")));
    assertThat(layer.settled()).isFalse();
  }

  @Test
  void answersWhatIsPresentWithoutWaiting() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    Layer layer = stored.openIn(open(blobs));
    LayerContent content = layer.filesystem().content();
    int node = node(layer.filesystem().tree(), "d00/f00000.txt");
    ByteBuffer dst = ByteBuffer.allocateDirect(100);
    assertThat(content.readIfPresent(node, 0, dst)).isEqualTo(LayerContent.ABSENT);
    assertThat(dst.position()).isZero();
    assertThat(blobs.ranges).hasValue(0);
    byte[] whole = read(layer, "d00/f00000.txt");
    assertThat(content.readIfPresent(node, 10, dst)).isEqualTo(100);
    byte[] got = new byte[100];
    dst.flip().get(got);
    assertThat(got).isEqualTo(java.util.Arrays.copyOfRange(whole, 10, 110));
  }

  @Test
  void neverServesACorruptSpanButTheOthers() throws Exception {
    StoredLayer stored = StoredLayer.golden("gnu.tar", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    Layer layer = stored.openIn(open(blobs));
    blobs.flippedOffset = 5 * SPAN + 17;
    layer.fill();
    LayerTree tree = layer.filesystem().tree();
    Path byTar = unpackedByTar(stored);
    int failed = 0;
    for (int i = 0; i < tree.fileCount(); i++) {
      int node = tree.file(i);
      long start = tree.dataOffset(node);
      boolean hit = start < 6 * SPAN && start + tree.sizeBytes(node) > 5 * SPAN;
      String path = new String(tree.path(node), StandardCharsets.UTF_8);
      if (hit) {
        assertThatThrownBy(() -> read(layer, path))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("pan 5");
        failed++;
      } else {
        assertThat(read(layer, path)).isEqualTo(Files.readAllBytes(byTar.resolve(path)));
      }
    }
    assertThat(failed).isPositive();
    assertThat(layer.settled()).isFalse();
  }

  @Test
  void opensALayerOnceForManyCallers() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    open(new FakeBlobs(stored));
    AtomicInteger opened = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    List<Future<Layer>> calls = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        calls.add(
            callers.submit(
                () -> {
                  go.await();
                  return store.openLazy(
                      stored.blob,
                      stored.ztocDigest,
                      () -> {
                        opened.incrementAndGet();
                        return new ByteArrayInputStream(stored.ztoc);
                      });
                }));
      }
      go.countDown();
    }
    Layer first = calls.getFirst().get();
    for (Future<Layer> call : calls) {
      assertThat(call.get()).isSameAs(first);
    }
    assertThat(opened).hasValue(1);
    assertThat(store.layers()).containsExactly(first);
    assertThat(store.find(first.number())).contains(first);
    assertThat(unpack(stored)).isSameAs(first);
  }

  @Test
  void refusesAZtocThatIsNotThePromisedOne() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    StoredLayer other = StoredLayer.golden("pax-6.tar.gz", SPAN);
    open(new FakeBlobs(stored));
    assertThatThrownBy(
            () ->
                store.openLazy(
                    stored.blob, stored.ztocDigest, () -> new ByteArrayInputStream(other.ztoc)))
        .hasMessageContaining("instead of " + stored.ztocDigest);
    assertThatThrownBy(
            () ->
                store.openLazy(
                    stored.blob, other.ztocDigest, () -> new ByteArrayInputStream(other.ztoc)))
        .hasMessageContaining("belongs to another layer");
    assertThat(directory.resolve("layers")).isEmptyDirectory();
    assertThat(stored.openIn(store).lazy()).isTrue();
  }

  @Test
  void trustsWhatItHadFilledAfterARestartInTheSameBoot() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    byte[] content = read(stored.openIn(open(blobs)), "opt/big.bin");
    int present = store.layers().getFirst().progress().spansPresent();
    close();
    blobs.down = true;
    open(blobs);
    Layer again = store.find(stored.blob.digest()).orElseThrow();
    assertThat(again.number()).isOne();
    assertThat(again.progress().spansPresent()).isEqualTo(present);
    assertThat(read(again, "opt/big.bin")).isEqualTo(content);
    blobs.down = false;
    settle(again);
  }

  @Test
  void fetchesUnsettledLayersAgainAfterTheHostCrashed() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    Layer layer = stored.openIn(open(blobs));
    read(layer, "opt/big.bin");
    close();
    // What the file system may leave of data that never reached the disk.
    Path file = layer.tree().resolve("opt/big.bin");
    Files.write(file, new byte[(int) Files.size(file)]);
    open(blobs, OTHER_BOOT);
    Layer again = store.find(stored.blob.digest()).orElseThrow();
    assertThat(again.progress().spansPresent()).isZero();
    settle(again);
    assertThat(Files.mismatch(file, unpackedByTar(stored).resolve("opt/big.bin"))).isEqualTo(-1);
  }

  @Test
  void keepsSettledAndUnpackedLayersOverReboots() throws Exception {
    StoredLayer lazy = StoredLayer.golden("pax-6.tar.gz", SPAN);
    StoredLayer eager = StoredLayer.golden("gnu.tar", SPAN);
    FakeBlobs blobs = new FakeBlobs(lazy, eager);
    open(blobs);
    Layer settled = lazy.openIn(store);
    settle(settled);
    Layer unpacked = unpack(eager);
    LayerUsage usage = settled.usage();
    close();
    blobs.down = true;
    open(blobs, OTHER_BOOT);
    Layer again = store.find(lazy.blob.digest()).orElseThrow();
    assertThat(again.settled()).isTrue();
    assertThat(again.usage()).isEqualTo(usage);
    assertThat(again.settlement()).isCompleted();
    assertThat(read(again, "d00/f00000.txt"))
        .isEqualTo(Files.readAllBytes(again.tree().resolve("d00/f00000.txt")));
    assertThat(store.find(eager.blob.digest()).orElseThrow()).isEqualTo(unpacked);
    assertThat(store.layers()).hasSize(2);
  }

  @Test
  void settlesAtTheNextStartWhatWasCompleteAtTheLastEnd() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    FakeBlobs blobs = new FakeBlobs(stored);
    Layer layer = stored.openIn(open(blobs));
    settle(layer);
    close();
    // As if the daemon had died between the last span and the record.
    Path record = layer.tree().resolveSibling("layer.json");
    Files.writeString(
        record, Files.readString(record).replaceAll(",\\s*\"settled\" : \\{[^}]*}", ""));
    blobs.down = true;
    open(blobs);
    Layer again = store.find(stored.blob.digest()).orElseThrow();
    again.settlement().get(30, TimeUnit.SECONDS);
    assertThat(again.settled()).isTrue();
  }

  @Test
  void removesLeftovers() throws Exception {
    Path layers = directory.resolve("layers");
    Files.createDirectories(layers.resolve("7/tree/etc"));
    Files.writeString(layers.resolve("7/tree/etc/passwd"), "root");
    Files.createSymbolicLink(layers.resolve("7/tree/etc/link"), Path.of("/etc"));
    Files.createDirectories(layers.resolve("junk"));
    open(new FakeBlobs());
    store.awaitRemovals();
    assertThat(layers).isEmptyDirectory();
    assertThat(Path.of("/etc/hosts")).exists();
  }
}
