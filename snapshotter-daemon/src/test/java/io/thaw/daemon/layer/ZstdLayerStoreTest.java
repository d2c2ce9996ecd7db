package io.thaw.daemon.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.Zstd;
import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchConfigs;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.index.zstd.NativeFrameDecoder;
import io.thaw.ztoc.Compression;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.tree.LayerTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// zstd layers, lazy and eager, become what the same tar becomes under gzip. Needs root, because
/// layers have owners and devices.
@Timeout(120)
class ZstdLayerStoreTest {
  private static final long SPAN = 65536;
  private static final int FRAME = 40_000;

  @TempDir Path directory;
  private SpanScheduler scheduler;
  private LayerStore store;
  private StoredLayer gzip;
  private byte[] tar;

  @BeforeEach
  void unpackTheGoldenLayer() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    gzip = StoredLayer.golden("pax-6.tar.gz", SPAN);
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip.bytes))) {
      tar = in.readAllBytes();
    }
  }

  @AfterEach
  void stop() throws IOException {
    if (store != null) {
      store.close();
      scheduler.close();
    }
  }

  private void open(FakeBlobs blobs) throws IOException {
    scheduler =
        SpanScheduler.start(FetchConfigs.withoutReadAhead(), new FetchCounters(), Room.PLENTY);
    store =
        LayerStore.open(
            directory.resolve("layers"),
            scheduler,
            blobs,
            new SpanExtractor(NativeFrameDecoder.DECODERS),
            StoredLayer.eager(),
            FakeVolume.withRoom(),
            new MemorySpans(1 << 20),
            SpanBitmap.currentBoot(),
            LayerReads.Factory.NONE);
  }

  /// Frames with a skippable frame before each, as pzstd writes them, and a large one at the end.
  private byte[] frames() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int from = 0; from < tar.length; from += FRAME) {
      out.writeBytes(skippable(4));
      out.writeBytes(
          Zstd.compress(Arrays.copyOfRange(tar, from, Math.min(tar.length, from + FRAME))));
    }
    out.writeBytes(skippable(200_000));
    return out.toByteArray();
  }

  private static byte[] skippable(int length) {
    return ByteBuffer.allocate(8 + length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0x184D2A50)
        .putInt(length)
        .array();
  }

  private static byte[] read(Layer layer, String path) throws Exception {
    LayerTree tree = layer.filesystem().tree();
    int node = tree.root();
    for (String name : path.split("/", -1)) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      node = tree.lookup(node, bytes, 0, bytes.length);
    }
    ByteBuffer dst = ByteBuffer.allocateDirect((int) tree.sizeBytes(node));
    assertThat(layer.filesystem().content().read(node, 0, dst)).isEqualTo(dst.limit());
    byte[] bytes = new byte[dst.flip().remaining()];
    dst.get(bytes);
    return bytes;
  }

  @Test
  void aLazyLayerSettlesToWhatItsTarHolds() throws Exception {
    StoredLayer zstd = StoredLayer.of(frames(), SPAN);
    FakeBlobs blobs = new FakeBlobs(gzip, zstd);
    open(blobs);
    Layer expected = store.unpack(gzip.blob, gzip.order()).layer();
    long before = blobs.rangeBytes.get();
    Layer layer = zstd.openIn(store);
    layer.fill();
    layer.settlement().get(60, TimeUnit.SECONDS);
    assertThat(TreeListing.of(layer.tree())).isEqualTo(TreeListing.of(expected.tree()));
    assertThat(blobs.rangeBytes.get() - before).isLessThan(zstd.bytes.length - 190_000);
  }

  @Test
  void theZtocMadeOnTheWayIsTheOneAnIndexWouldHave() throws Exception {
    StoredLayer zstd = StoredLayer.of(frames(), ZtocOptions.DEFAULT_SPAN_SIZE);
    open(new FakeBlobs(gzip, zstd));

    MadeZtoc made = store.unpack(zstd.blob, zstd.scanning()).ztoc().orElseThrow();

    assertThat(made.compression()).isEqualTo(Compression.ZSTD);
    assertThat(made.digest()).isEqualTo(zstd.ztocDigest);
    assertThat(made.file()).hasBinaryContent(zstd.ztoc);
  }

  @Test
  void aLayerThatCannotBeLazyIsUnpackedWithoutAZtoc() throws Exception {
    StoredLayer frame = StoredLayer.withoutZtoc(Zstd.compress(tar), gzip.diffId);
    open(new FakeBlobs(gzip, frame));
    Layer expected = store.unpack(gzip.blob, gzip.order()).layer();

    LayerStore.Unpacked unpacked = store.unpack(frame.blob, frame.scanning());

    assertThat(unpacked.ztoc()).as("a single frame").isEmpty();
    assertThat(TreeListing.of(unpacked.layer().tree())).isEqualTo(TreeListing.of(expected.tree()));
  }

  @Test
  void aFileIsReadByFetchingOnlyItsSpans() throws Exception {
    StoredLayer zstd = StoredLayer.of(frames(), SPAN);
    FakeBlobs blobs = new FakeBlobs(gzip, zstd);
    open(blobs);
    Layer layer = zstd.openIn(store);
    byte[] got = read(layer, "d00/f00000.txt");
    assertThat(blobs.ranges).hasValue(1);
    assertThat(layer.progress().spansPresent()).isBetween(1, 3);
    store.remove(layer);
    assertThat(got).isEqualTo(read(gzip.openIn(store), "d00/f00000.txt"));
  }

  @Test
  void aSpanWithAWrongByteReachesNobody() throws Exception {
    StoredLayer zstd = StoredLayer.of(frames(), SPAN);
    FakeBlobs blobs = new FakeBlobs(zstd);
    open(blobs);
    blobs.flippedOffset = 100;
    Layer layer = zstd.openIn(store);
    assertThatThrownBy(() -> read(layer, "d00/f00000.txt")).isInstanceOf(IOException.class);
    assertThat(layer.progress().spansPresent()).isZero();
  }

  @Test
  void framesOfAllKindsAreUnpackedEagerly() throws Exception {
    StoredLayer many = StoredLayer.withoutZtoc(frames(), gzip.diffId);
    StoredLayer single = StoredLayer.withoutZtoc(Zstd.compress(tar, 9), gzip.diffId);
    open(new FakeBlobs(gzip, many, single));
    var expected = TreeListing.of(store.unpack(gzip.blob, gzip.order()).layer().tree());
    assertThat(TreeListing.of(store.unpack(many.blob, many.order()).layer().tree()))
        .isEqualTo(expected);
    assertThat(TreeListing.of(store.unpack(single.blob, single.order()).layer().tree()))
        .isEqualTo(expected);
  }

  @Test
  void aTruncatedFrameLeavesNothing() throws Exception {
    byte[] whole = Zstd.compress(tar, 9);
    StoredLayer cut =
        StoredLayer.withoutZtoc(Arrays.copyOf(whole, whole.length - 1000), gzip.diffId);
    open(new FakeBlobs(cut));
    assertThatThrownBy(() -> store.unpack(cut.blob, cut.order())).isInstanceOf(IOException.class);
    assertThat(directory.resolve("layers")).isEmptyDirectory();
  }
}
