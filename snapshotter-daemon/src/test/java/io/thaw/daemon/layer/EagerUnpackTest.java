package io.thaw.daemon.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.daemon.cover.LayerFrame;
import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchConfigs;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.ZtocOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Layers that are fetched whole: by their zTOC, with one made on the way, by another program.
@Timeout(180)
class EagerUnpackTest {
  private static final String BOOT = "0b3c2f5e-0000-4000-8000-000000000001";
  private static final String OTHER_BOOT = "0b3c2f5e-0000-4000-8000-000000000002";

  @TempDir Path directory;
  private SpanScheduler scheduler;
  private LayerStore store;

  @BeforeEach
  void needsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
  }

  @AfterEach
  void close() throws IOException {
    if (store != null) {
      store.close();
      scheduler.close();
      store = null;
    }
  }

  private void open(FakeBlobs blobs, Decompressors decompressors, String boot) throws IOException {
    scheduler =
        SpanScheduler.start(FetchConfigs.withoutReadAhead(), new FetchCounters(), Room.PLENTY);
    store =
        LayerStore.open(
            directory.resolve("layers"),
            scheduler,
            blobs,
            new SpanExtractor(),
            StoredLayer.eager(decompressors),
            FakeVolume.withRoom(),
            new MemorySpans(1 << 20),
            boot,
            LayerReads.Factory.NONE);
  }

  private void open(FakeBlobs blobs) throws IOException {
    open(blobs, Decompressors.NONE, BOOT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pax-6.tar.gz", "pax-multi.tar.gz", "gnu-pigzi.tar.gz", "gnu.tar"})
  void byItsZtocALayerUnpacksToTheSame(String name) throws Exception {
    StoredLayer layer = StoredLayer.golden(name, 65536);
    FakeBlobs blobs = new FakeBlobs(layer);
    open(blobs);
    Layer stream = store.unpack(layer.blob, layer.order()).layer();
    Map<String, TreeListing.Entry> expected = TreeListing.of(stream.tree());
    store.remove(stream);

    Layer spans = store.unpack(layer.blob, layer.bySpans()).layer();

    assertThat(TreeListing.of(spans.tree())).isEqualTo(expected);
    assertThat(spans.lazy()).isFalse();
    assertThat(spans.usage()).isEqualTo(stream.usage());
    assertThat(spans.tree().resolveSibling("ztoc")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pax-6.tar.gz", "gnu.tar"})
  void itsFrameIsTheSameHoweverItIsBrought(String name) throws Exception {
    StoredLayer layer = StoredLayer.golden(name, 65536);
    open(new FakeBlobs(layer));
    Layer stream = store.unpack(layer.blob, layer.order()).layer();
    Optional<LayerFrame> expected = store.frame(stream);
    store.remove(stream);
    Layer spans = store.unpack(layer.blob, layer.bySpans()).layer();
    assertThat(store.frame(spans)).isEqualTo(expected);
    store.remove(spans);
    Layer lazy = layer.openIn(store);

    assertThat(store.frame(lazy)).isEqualTo(expected).isPresent();
  }

  @Test
  void theLayersDigestIsVerifiedAlsoWhenItIsUnpackedByItsZtoc() throws Exception {
    StoredLayer layer = StoredLayer.golden("pax-6.tar.gz", 65536);
    FakeBlobs blobs = new FakeBlobs(layer);
    open(blobs);
    // In gzip's header, which no span covers.
    blobs.flippedOffset = 4;

    assertThatThrownBy(() -> store.unpack(layer.blob, layer.bySpans()))
        .hasMessageContaining("instead of " + layer.blob.digest());

    assertThat(directory.resolve("layers")).isEmptyDirectory();
  }

  @Test
  void aZtocOfAnotherLayerIsNoObstacle() throws Exception {
    StoredLayer layer = StoredLayer.golden("pax-6.tar.gz", 65536);
    StoredLayer other = StoredLayer.golden("gnu-6.tar.gz", 65536);
    open(new FakeBlobs(layer));
    UnpackOrder order =
        new UnpackOrder(layer.diffId, other.bySpans().ztoc(), false, layer.order().share());

    Layer unpacked = store.unpack(layer.blob, order).layer();

    assertThat(TreeListing.of(unpacked.tree())).isNotEmpty();
    assertThat(unpacked.settled()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pax-6.tar.gz", "pax-multi.tar.gz", "gnu.tar"})
  void theZtocMadeOnTheWayIsTheOneAnIndexWouldHave(String name) throws Exception {
    StoredLayer layer = StoredLayer.golden(name, ZtocOptions.DEFAULT_SPAN_SIZE);
    open(new FakeBlobs(layer));

    MadeZtoc made = store.unpack(layer.blob, layer.scanning()).ztoc().orElseThrow();

    assertThat(made.digest()).isEqualTo(layer.ztocDigest);
    assertThat(made.file()).hasBinaryContent(layer.ztoc);
    assertThat(made.sizeBytes()).isEqualTo(layer.ztoc.length);
  }

  @Test
  void anotherProgramMayDecompress() throws Exception {
    StoredLayer layer = StoredLayer.golden("pax-6.tar.gz", 65536);
    Decompressors gzip =
        Decompressors.of(Map.of("gzip", new Decompressors.Program("/bin/gzip", List.of("-dc"))));
    open(new FakeBlobs(layer), gzip, BOOT);

    LayerStore.Unpacked unpacked = store.unpack(layer.blob, layer.scanning());

    assertThat(TreeListing.of(unpacked.layer().tree())).isNotEmpty();
    assertThat(unpacked.ztoc()).isEmpty();
  }

  @Test
  void aProgramThatFailsIsHeard() throws Exception {
    StoredLayer layer = StoredLayer.golden("pax-6.tar.gz", 65536);
    Decompressors gzip =
        Decompressors.of(
            Map.of("gzip", new Decompressors.Program("/bin/gzip", List.of("--no-such-option"))));
    open(new FakeBlobs(layer), gzip, BOOT);

    assertThatThrownBy(() -> store.unpack(layer.blob, layer.order()))
        .hasMessageContaining("gzip ended with status 1");

    assertThat(directory.resolve("layers")).isEmptyDirectory();
  }

  @Test
  void programsOthersCouldReplaceAreRefused() throws Exception {
    Path program = directory.resolve("decompress");
    Files.createFile(program);
    assertThat(refusal(program.toString())).contains("is not executable");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(refusal(program.toString())).contains("can be written by others");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path hers = Files.copy(Path.of("/bin/true"), directory.resolve("hers"));
    Files.setAttribute(hers, "unix:uid", 12345);
    assertThat(refusal(hers.toString())).contains("has to belong to root");
    assertThat(refusal("gzip")).contains("is not absolute");
    assertThat(refusal("/bin/gzip;reboot")).contains("the character ';'");
    assertThat(refusal("/bin")).contains("is no regular file");
    assertThat(refusal("/nowhere")).contains("there is no such file");
  }

  private static String refusal(String path) {
    try {
      var _ = Decompressors.of(Map.of("gzip", new Decompressors.Program(path, List.of())));
      return "accepted";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void anUnpackedLayerStaysOverReboots() throws Exception {
    StoredLayer layer = StoredLayer.golden("gnu.tar", 65536);
    open(new FakeBlobs(layer));
    Layer unpacked = store.unpack(layer.blob, layer.order()).layer();
    awaitSynced(unpacked);
    close();

    open(new FakeBlobs(layer), Decompressors.NONE, OTHER_BOOT);

    assertThat(store.find(layer.blob.digest())).isPresent();
  }

  @Test
  void aLayerThatMayNotHaveReachedTheDiskGoesWithTheBoot() throws Exception {
    StoredLayer layer = StoredLayer.golden("gnu.tar", 65536);
    open(new FakeBlobs(layer));
    Layer unpacked = store.unpack(layer.blob, layer.order()).layer();
    awaitSynced(unpacked);
    close();
    Path record = unpacked.tree().resolveSibling("layer.json");
    LayerRecord synced = LayerRecord.read(record);
    new LayerRecord(synced.blob(), null, synced.settled(), BOOT).write(record);

    open(new FakeBlobs(layer), Decompressors.NONE, OTHER_BOOT);

    assertThat(store.find(layer.blob.digest())).isEmpty();
    assertThat(unpacked.tree()).doesNotExist();
  }

  private static void awaitSynced(Layer layer) throws Exception {
    Path record = layer.tree().resolveSibling("layer.json");
    while (LayerRecord.read(record).unsyncedBoot() != null) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Test
  void workThatIsEndedIsTakenOverByWhoeverWaitsForTheSameLayer() throws Exception {
    StoredLayer layer = StoredLayer.golden("pax-6.tar.gz", 65536);
    FakeBlobs blobs = new FakeBlobs(layer);
    open(blobs);
    blobs.gate.drainPermits();
    Thread first = Thread.ofVirtual().start(() -> unpackIgnoringFailure(layer));
    blobs.awaitRequest();
    var second =
        new java.util.concurrent.FutureTask<>(() -> store.unpack(layer.blob, layer.order()));
    Thread.ofVirtual().start(second);

    first.interrupt();
    first.join();
    blobs.gate.release(1000);

    assertThat(second.get().layer().settled()).isTrue();
    assertThat(Digest.sha256(layer.bytes)).isEqualTo(second.get().layer().digest());
  }

  private void unpackIgnoringFailure(StoredLayer layer) {
    try {
      var _ = store.unpack(layer.blob, layer.order());
    } catch (IOException e) {
      // It is interrupted.
    }
  }
}
