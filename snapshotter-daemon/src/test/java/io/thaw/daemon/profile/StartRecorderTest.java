package io.thaw.daemon.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchConfig;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.daemon.layer.Decompressors;
import io.thaw.daemon.layer.FakeBlobs;
import io.thaw.daemon.layer.Layer;
import io.thaw.daemon.layer.LayerStore;
import io.thaw.daemon.layer.StoredLayer;
import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfile.Step;
import io.thaw.registry.Digest;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Real layers, read through what mounts of them serve.
@Timeout(60)
class StartRecorderTest {
  private static final int SPAN = 65_536;
  private static final Digest MANIFEST = Digest.sha256("manifest".getBytes(UTF_8));
  private static final Duration LONG = Duration.ofHours(1);

  @TempDir Path directory;
  private SpanScheduler scheduler;
  private LayerStore layers;
  private ProfileStore store;
  private StartRecorder recorder;
  private Layer one;
  private Layer two;

  @BeforeEach
  void open() throws IOException {
    open(new ProfileLimits(true, LONG, LONG, Long.MAX_VALUE, 10));
  }

  private void open(ProfileLimits limits) throws IOException {
    close();
    StoredLayer first = StoredLayer.golden("pax-6.tar.gz", SPAN);
    StoredLayer second = StoredLayer.golden("gnu.tar", SPAN);
    store = ProfileStore.open(directory.resolve("profiles"), limits.mostImages());
    recorder = new StartRecorder(store, limits);
    scheduler = SpanScheduler.start(FetchConfig.defaults(), new FetchCounters(), Room.PLENTY);
    layers =
        LayerStore.open(
            directory.resolve("layers"),
            scheduler,
            new FakeBlobs(first, second),
            new SpanExtractor(),
            new ParallelDownloads(ParallelDownloads.Limits.defaults()),
            Decompressors.NONE,
            FakeVolume.withRoom(),
            new MemorySpans(1 << 20),
            recorder);
    one = first.openIn(layers);
    two = second.openIn(layers);
  }

  @AfterEach
  void close() throws IOException {
    if (layers != null) {
      layers.close();
      scheduler.close();
    }
  }

  /// The largest files of a layer, one byte of which is read.
  private static List<Integer> files(Layer layer) throws IOException {
    LayerTree tree = layer.filesystem().tree();
    List<Integer> files = new ArrayList<>();
    for (int i = 0; i < tree.fileCount(); i++) {
      if (tree.sizeBytes(tree.file(i)) > 0) {
        files.add(tree.file(i));
      }
    }
    return files;
  }

  private static void read(Layer layer, int node) throws IOException, InterruptedException {
    ByteBuffer dst = ByteBuffer.allocateDirect(1);
    if (layer.filesystem().content().readIfPresent(node, 0, dst) < 0) {
      layer.filesystem().content().read(node, 0, dst);
    }
  }

  private StartProfile recorded() {
    return store.find(MANIFEST).orElseThrow().profile();
  }

  @Test
  void recordsSpansOfAllLayersInTheOrderOfTheirFirstTouch() throws Exception {
    recorder.pulled(MANIFEST, "app:1", one.digest());
    recorder.pulled(MANIFEST, "app:1", two.digest());
    List<Integer> ofOne = files(one);
    read(two, files(two).getLast());
    read(one, ofOne.getLast());
    read(two, files(two).getLast());
    read(one, ofOne.getFirst());

    Optional<StoredProfile> kept = recorder.finish(MANIFEST);

    StartProfile profile = recorded();
    assertThat(kept.orElseThrow().profile()).isEqualTo(profile);
    assertThat(profile.image()).isEqualTo("app:1");
    assertThat(profile.layers())
        .extracting(StartProfile.LayerRef::layer)
        .containsExactly(two.digest(), one.digest());
    assertThat(profile.steps()).extracting(Step::layer).containsExactly(0, 1, 1);
    assertThat(profile.steps()).extracting(Step::span).doesNotHaveDuplicates().hasSize(3);
    assertThat(profile.steps().get(1).span()).isGreaterThan(profile.steps().get(2).span());
    assertThat(profile.steps()).allMatch(step -> step.bytes() > 0);
    assertThat(profile.steps()).extracting(Step::atMillis).isSorted();
  }

  @Test
  void sawNothingOfALayerThatIsNotRead() throws Exception {
    recorder.pulled(MANIFEST, "app:1", one.digest());
    recorder.pulled(MANIFEST, "app:1", two.digest());
    read(two, files(two).getFirst());
    recorder.finish(MANIFEST);
    assertThat(recorded().layers())
        .extracting(StartProfile.LayerRef::layer)
        .containsExactly(two.digest());
  }

  @Test
  void aRecordingOfWhichNothingWasReadIsKeptByNobody() throws Exception {
    recorder.pulled(MANIFEST, "app:1", one.digest());
    recorder.endOver();
    assertThat(recorder.isRecording(MANIFEST)).isFalse();
    assertThat(recorder.finish(MANIFEST)).isEmpty();
    assertThat(store.list()).isEmpty();
  }

  @Test
  void endsByItselfWhenNothingNewIsTouched() throws Exception {
    open(new ProfileLimits(true, Duration.ZERO, LONG, Long.MAX_VALUE, 10));
    recorder.pulled(MANIFEST, "app:1", one.digest());
    recorder.endOver();
    assertThat(store.find(MANIFEST)).as("nothing was read yet").isEmpty();
    read(one, files(one).getFirst());
    recorder.endOver();
    assertThat(recorded().steps()).hasSize(1);
    read(one, files(one).getLast());
    recorder.endOver();
    assertThat(recorded().steps()).as("the recording is over").hasSize(1);
  }

  @Test
  void endsAtItsBoundOfBytesAndKeepsWhatWasWithin() throws Exception {
    open(new ProfileLimits(true, LONG, LONG, SPAN + 1_000, 10));
    recorder.pulled(MANIFEST, "app:1", two.digest());
    read(two, files(two).getFirst());
    read(two, files(two).getLast());
    recorder.endOver();
    assertThat(recorded().steps()).hasSize(1);
  }

  @Test
  void recordsWhenToldToAndTakesTheImagesOwnRecordingOver() throws Exception {
    recorder.pulled(MANIFEST, "app:1", one.digest());
    read(one, files(one).getFirst());
    int included = recorder.begin(MANIFEST, "app:1", List.of(one.digest(), two.digest()), LONG);
    assertThat(included).isEqualTo(2);
    read(two, files(two).getFirst());
    recorder.finish(MANIFEST);
    assertThat(recorded().layers())
        .extracting(StartProfile.LayerRef::layer)
        .containsExactly(two.digest());
    assertThat(recorder.begin(MANIFEST, "app:1", List.of(MANIFEST), LONG)).isZero();
  }

  @Test
  void recordsNothingIfItIsOff() throws Exception {
    open(new ProfileLimits(false, LONG, LONG, Long.MAX_VALUE, 10));
    recorder.pulled(MANIFEST, "app:1", one.digest());
    read(one, files(one).getFirst());
    assertThat(recorder.finish(MANIFEST)).isEmpty();
  }
}
