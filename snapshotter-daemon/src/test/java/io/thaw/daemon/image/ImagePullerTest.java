package io.thaw.daemon.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.daemon.layer.MadeZtoc;
import io.thaw.daemon.profile.ImageStarts;
import io.thaw.daemon.snapshot.Caller;
import io.thaw.daemon.snapshot.Labels;
import io.thaw.daemon.snapshot.LayerProvider.Outcome;
import io.thaw.daemon.snapshot.LayerProvider.Request;
import io.thaw.index.PrefetchArtifact;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.SociIndex;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.store.ArtifactStore;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.Compression;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ImagePullerTest {
  private final AtomicLong now = new AtomicLong();
  private final FakeIndexes indexes = new FakeIndexes();
  private final FakeOpener opener = new FakeOpener();
  private final List<String> answers = new ArrayList<>();
  private final Map<Digest, List<SpanRange>> recorded = new HashMap<>();
  private final Set<String> opened = ConcurrentHashMap.newKeySet();
  private NodeZtocs nodeZtocs = NodeZtocs.NONE;
  private ImagePuller puller = puller(0, Duration.ofSeconds(20));

  private ImagePuller puller(long minLayerSize, Duration mountTimeout) {
    return puller(minLayerSize, mountTimeout, PullPolicy.Parallel.OFF);
  }

  private ImagePuller puller(
      long minLayerSize, Duration mountTimeout, PullPolicy.Parallel parallel) {
    PullPolicy policy =
        new PullPolicy(
            Set.of(SociIndex.Version.V2),
            minLayerSize,
            1_000,
            mountTimeout,
            parallel,
            8,
            4,
            Duration.ofMinutes(10),
            Duration.ofSeconds(15));
    return new ImagePuller(
        indexes, opener, nodeZtocs, policy, this::start, PullEvents.NONE, this::answered, now::get);
  }

  private ImageStarts.ImageStart start(Digest manifest, String image) {
    return new ImageStarts.ImageStart() {
      @Override
      public Optional<List<SpanRange>> wanted(Digest layer, Digest ztoc) {
        return Optional.ofNullable(recorded.get(ztoc));
      }

      @Override
      public void opened(Digest layer) {
        opened.add(manifest + " " + image + " " + layer);
      }
    };
  }

  private synchronized void answered(String outcome) {
    answers.add(outcome);
  }

  @AfterEach
  void close() {
    puller.close();
  }

  @Test
  void anIndexIsLookedForOnceForAllLayersOfAnImage() {
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, true));

    Outcome first = puller.provide(request(1));
    Outcome second = puller.provide(request(2));

    assertThat(first).isInstanceOf(Outcome.Ready.class);
    assertThat(second).isInstanceOf(Outcome.Ready.class);
    assertThat(indexes.finds.get()).isEqualTo(1);
    assertThat(indexes.resolves.get()).isZero();
    assertThat(answers).containsExactly("Lazy", "Lazy");
  }

  @Test
  void theFirstRequestStartsOnAllLayers() throws InterruptedException {
    indexes.image(
        FakeIndexes.layer(1, true), FakeIndexes.layer(2, true), FakeIndexes.layer(3, false));

    puller.provide(request(1));

    opener.awaitOpened(3);
    assertThat(opener.lazyOpens).hasSize(2);
    assertThat(opener.unpacks).hasSize(1);
  }

  @Test
  void fetchesWhatWasRecordedHereAndElseWhatTheIndexAdvises() throws InterruptedException {
    byte[] artifact = new PrefetchArtifact(List.of(new SpanRange(7, 7, 0))).toJson();
    for (int layer = 1; layer <= 2; layer++) {
      Descriptor described =
          new Descriptor(SociMediaTypes.PREFETCH, Digest.sha256(artifact), artifact.length);
      indexes.prefetches.add(new SociIndex.PrefetchRef(described, FakeIndexes.digest(layer)));
    }
    indexes.blobs.put(Digest.sha256(artifact), artifact);
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, true));
    recorded.put(
        FakeIndexes.ztocDigest(1), List.of(new SpanRange(3, 5, 0), new SpanRange(0, 0, 9)));

    puller.provide(request(1));
    puller.provide(request(2));

    opener.awaitPrefetched(3);
    assertThat(opener.prefetched)
        .containsExactlyInAnyOrder(
            FakeIndexes.digest(1) + " 3-6",
            FakeIndexes.digest(1) + " 0-1",
            FakeIndexes.digest(2) + " 7-8");
    assertThat(opened)
        .hasSize(2)
        .allMatch(told -> told.startsWith(FakeIndexes.digest(1000) + " registry.test/app:1 "));
  }

  @Test
  void layersBelowTheFirstOneAskedForAreNotFetched() throws InterruptedException {
    indexes.image(
        FakeIndexes.layer(1, true), FakeIndexes.layer(2, true), FakeIndexes.layer(3, true));

    puller.provide(request(2));

    opener.awaitOpened(2);
    assertThat(opener.lazyOpens).doesNotContain(FakeIndexes.digest(1));
  }

  @Test
  void manyRequestsAtOnceShareOnePull() throws Exception {
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, true));
    indexes.gate.acquire();
    List<Future<Outcome>> outcomes = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        Request request = request(1 + i % 2);
        outcomes.add(threads.submit(() -> puller.provide(request)));
      }
      indexes.gate.release();
    }
    for (Future<Outcome> outcome : outcomes) {
      assertThat(outcome.get()).isInstanceOf(Outcome.Ready.class);
    }
    assertThat(indexes.finds.get()).isEqualTo(1);
  }

  @Test
  void aLazyLayerTellsWhereItsIndexWasFound() {
    indexes.image(FakeIndexes.layer(1, true));

    Outcome.Ready ready = (Outcome.Ready) puller.provide(request(1));

    assertThat(ready.layer().lazy()).isTrue();
    assertThat(ready.layer().digest()).isEqualTo(FakeIndexes.digest(1).toString());
    assertThat(ready.layer().reason()).contains("v2, named by the image manifest");
  }

  @Test
  void aLayerWithoutZtocIsUnpackedAndSaysSo() {
    indexes.image(FakeIndexes.layer(1, false), FakeIndexes.layer(2, true));

    Outcome.Ready ready = (Outcome.Ready) puller.provide(request(1));

    assertThat(ready.layer().lazy()).isFalse();
    assertThat(ready.layer().reason()).contains("no zTOC for this layer");
    assertThat(answers).containsExactly("Unpacked");
  }

  @Test
  void aSmallLayerIsUnpackedAlthoughItIsIndexed() {
    puller = puller(10_000, Duration.ofSeconds(20));
    indexes.image(FakeIndexes.layer(1, true));

    Outcome.Ready ready = (Outcome.Ready) puller.provide(request(1));

    assertThat(ready.layer().lazy()).isFalse();
    assertThat(ready.layer().reason()).contains("snapshotter.min_layer_size = 10000");
  }

  @Test
  void anImageWithoutIndexIsLeftWithTheReason() {
    indexes.notFound("no annotation");

    assertThat(puller.provide(request(1)))
        .isEqualTo(new Outcome.Left("the image has no SOCI index: no annotation"));
    assertThat(answers).containsExactly("NoIndex");
    assertThat(opener.leases()).isZero();
  }

  @Test
  void itIsForgottenAfterAWhileThatThereWasNoIndex() {
    indexes.notFound("no annotation");
    puller.provide(request(1));
    puller.provide(request(2));
    assertThat(indexes.finds.get()).isEqualTo(1);

    now.addAndGet(TimeUnit.SECONDS.toNanos(16));
    indexes.image(FakeIndexes.layer(1, true));

    assertThat(puller.provide(request(1))).isInstanceOf(Outcome.Ready.class);
    assertThat(indexes.finds.get()).isEqualTo(2);
  }

  @Test
  void aRegistryThatFailsIsAReason() {
    indexes.failure = new IOException("connection refused");

    Outcome.Left left = (Outcome.Left) puller.provide(request(1));

    assertThat(left.reason()).contains("connection refused");
    assertThat(answers).containsExactly("Unreachable");
  }

  @Test
  void aLayerThatFailsIsLeftAndTriedAnewByTheNextRequest() {
    indexes.image(FakeIndexes.layer(1, true));
    opener.failure = new IOException("corrupt zTOC");
    Outcome.Left left = (Outcome.Left) puller.provide(request(1));
    assertThat(left.reason()).contains("corrupt zTOC");
    assertThat(opener.leases()).isZero();

    opener.failure = null;

    assertThat(puller.provide(request(1))).isInstanceOf(Outcome.Ready.class);
    assertThat(indexes.finds.get()).isEqualTo(1);
  }

  @Test
  void aLayerThatWasRemovedSinceIsOpenedAgain() throws InterruptedException {
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, true));
    puller.provide(request(1));
    opener.awaitOpened(2);
    opener.layers.remove(FakeIndexes.digest(2));

    Outcome.Ready ready = (Outcome.Ready) puller.provide(request(2));

    assertThat(opener.has(FakeIndexes.digest(2), ready.layer().number())).isTrue();
  }

  @Test
  void theLeaseIsTheTakersAndTheOthersEndWithThePull() throws InterruptedException {
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, true));
    Outcome.Ready ready = (Outcome.Ready) puller.provide(request(1));
    opener.awaitOpened(2);
    assertThat(opener.leases()).isEqualTo(2);

    ready.lease().close();
    assertThat(opener.leases()).isEqualTo(1);
    opener.awaitIdle();
    puller.close();

    opener.awaitLeases(0);
  }

  @Test
  void aLayerThatIsNotInTheImageIsLeft() {
    indexes.image(FakeIndexes.layer(1, true));

    Outcome.Left left = (Outcome.Left) puller.provide(request(9));

    assertThat(left.reason()).contains("is not in image manifest");
  }

  @Test
  void aSlowIndexIsNotWaitedForForEver() throws InterruptedException {
    puller = puller(0, Duration.ofMillis(20));
    indexes.image(FakeIndexes.layer(1, true));
    indexes.gate.acquire();

    Outcome.Left left = (Outcome.Left) puller.provide(request(1));

    assertThat(left.reason()).contains("within mount_timeout_sec");
    indexes.gate.release();
  }

  @Test
  void labelsThatDoNotTellTheImageAreAReason() {
    assertThat(left(Map.of())).contains(Labels.IMAGE_REF, "disable_snapshot_annotations");
    assertThat(left(labels(1, "UPPER CASE"))).contains("invalid image reference");
    Map<String, String> noLayer = new HashMap<>(labels(1, "registry.test/app:1"));
    noLayer.remove(Labels.LAYER_DIGEST);
    assertThat(left(noLayer)).contains(Labels.LAYER_DIGEST);
    Map<String, String> badIndex = new HashMap<>(labels(1, "registry.test/app:1"));
    badIndex.put(Labels.INDEX_DIGEST, "sha256:zz");
    assertThat(left(badIndex)).contains(Labels.INDEX_DIGEST);
    assertThat(indexes.finds.get()).isZero();
  }

  @Test
  void withoutAManifestDigestTheReferenceIsResolved() {
    indexes.image(FakeIndexes.layer(1, true));
    Map<String, String> labels = new HashMap<>(labels(1, "registry.test/app:1"));
    labels.remove(Labels.MANIFEST_DIGEST);

    puller.provide(new Request("k", "t", "", labels));

    assertThat(indexes.resolves.get()).isEqualTo(1);
  }

  @Test
  void anExplicitIndexIsHandedOn() {
    indexes.image(FakeIndexes.layer(1, true));
    Map<String, String> labels = new HashMap<>(labels(1, "registry.test/app:1"));
    Digest index = FakeIndexes.digest(77);
    labels.put(Labels.INDEX_DIGEST, index.toString());

    puller.provide(new Request("k", "t", "", labels));

    assertThat(indexes.lastQuery.explicitIndex()).contains(index);
  }

  @Test
  void withTheFallbackAnImageWithoutIndexIsUnpackedAllAtOnce() throws InterruptedException {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.FALLBACK);
    indexes.withoutIndex(
        "no annotation",
        FakeIndexes.descriptor(1, FakeIndexes.GZIP, 5_000),
        FakeIndexes.descriptor(2, FakeIndexes.GZIP, 500));

    Outcome.Ready ready = (Outcome.Ready) puller.provide(request(1));

    assertThat(ready.layer().lazy()).isFalse();
    assertThat(ready.layer().reason()).contains("has no SOCI index: no annotation");
    opener.awaitOpened(2);
    assertThat(opener.orders.get(FakeIndexes.digest(1)).diffId())
        .isEqualTo(FakeIndexes.diffId(FakeIndexes.digest(1)));
    assertThat(answers).containsExactly("Unpacked");
  }

  @Test
  void withTheFallbackAnIndexedImageIsLazy() {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.FALLBACK);
    indexes.image(FakeIndexes.layer(1, true));

    assertThat(((Outcome.Ready) puller.provide(request(1))).layer().lazy()).isTrue();
  }

  @Test
  void withTheFallbackAZtocThatCannotBeUsedIsNoObstacle() {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.FALLBACK);
    indexes.image(FakeIndexes.layer(1, true));
    opener.lazyFailure = new IOException("it is damaged");

    Outcome.Ready ready = (Outcome.Ready) puller.provide(request(1));

    assertThat(ready.layer().lazy()).isFalse();
    assertThat(ready.layer().reason()).contains("cannot be used (it is damaged)");
  }

  @Test
  void parallelModeUnpacksIndexedLayersByTheirZtocs() {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.image(FakeIndexes.layer(1, true));

    Outcome.Ready ready = (Outcome.Ready) puller.provide(request(1));

    assertThat(ready.layer().lazy()).isFalse();
    assertThat(ready.layer().reason()).contains("parallel_pull_unpack");
    assertThat(opener.orders.get(FakeIndexes.digest(1)).ztoc().orElseThrow().digest())
        .isEqualTo(FakeIndexes.ztocDigest(1));
  }

  @Test
  void anUnpackedLayerIsNotGivenUnderAnotherName() {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.image(FakeIndexes.layer(1, true));
    String other = FakeIndexes.digest(4).toString();

    Outcome.Left left =
        (Outcome.Left)
            puller.provide(new Request("k", other, "", labels(1, "registry.test/app:1")));

    assertThat(left.reason()).contains("another chainId than " + other);
    assertThat(answers).containsExactly("NotInImage");
  }

  @Test
  void aLayerThatStandsTwiceInTheImageIsUnpackedOnceAndGivenTwice() {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.image(
        FakeIndexes.layer(1, false), FakeIndexes.layer(2, false), FakeIndexes.layer(1, false));
    Map<String, String> labels = labels(1, "registry.test/app:1");

    Outcome.Ready lower =
        (Outcome.Ready) puller.provide(new Request("k", indexes.chainId(0), "", labels));
    Outcome.Ready upper =
        (Outcome.Ready) puller.provide(new Request("k", indexes.chainId(2), "", labels));

    assertThat(upper.layer().number()).isEqualTo(lower.layer().number());
  }

  @Test
  void aConfigurationThatContradictsTheManifestIsAReason() {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.image(FakeIndexes.layer(1, false));
    Request request = request(1);
    indexes.diffIds = List.of();

    Outcome.Left left = (Outcome.Left) puller.provide(request);

    assertThat(left.reason()).contains("has 1 layers but its configuration lists 0");
  }

  @Test
  void aConfigurationThatCannotBeFetchedIsAReason() {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.image(FakeIndexes.layer(1, false));
    indexes.configFailure = new IOException("gone");

    assertThat(((Outcome.Left) puller.provide(request(1))).reason()).contains("gone");
  }

  @Test
  void layersNobodyHereCanBringAreLeftWithTheReason() {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.withoutIndex(
        "none",
        new OciDescriptor(
            FakeIndexes.descriptor(1, FakeIndexes.GZIP, 5_000).target(),
            List.of("https://elsewhere.example/layer"),
            new TreeMap<>(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()),
        FakeIndexes.descriptor(2, "application/vnd.oci.image.layer.v1.tar+encrypted", 5_000),
        FakeIndexes.descriptor(3, FakeIndexes.GZIP, 0));

    assertThat(((Outcome.Left) puller.provide(request(1))).reason()).contains("foreign layer");
    assertThat(((Outcome.Left) puller.provide(request(2))).reason()).contains("tar+encrypted");
    assertThat(((Outcome.Left) puller.provide(request(3))).reason()).contains("has no bytes");
    assertThat(answers).containsExactly("Refused", "Refused", "Refused");
    assertThat(opener.leases()).isLessThanOrEqualTo(3);
  }

  @Test
  void whatAPullHasIndexedIsLazyTheNextTime(@TempDir Path dir) throws Exception {
    Path file = Files.write(dir.resolve("ztoc"), new byte[] {1, 2, 3});
    Digest layer = FakeIndexes.digest(1);
    opener.made.put(
        layer, new MadeZtoc(Digest.sha256(new byte[] {1, 2, 3}), 3, file, Compression.GZIP));
    indexes.withoutIndex("none", FakeIndexes.descriptor(1, FakeIndexes.GZIP, 5_000));
    try (ArtifactStore store = ArtifactStore.open(dir.resolve("store"))) {
      nodeZtocs = NodeZtocs.in(store, true, true, 0);
      puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.FALLBACK);

      assertThat(((Outcome.Ready) puller.provide(request(1))).layer().lazy()).isFalse();
      assertThat(opener.orders.get(layer).makeZtoc()).isTrue();

      // The image is removed and pulled again; its zTOC is kept just after the first answer.
      Outcome.Ready again;
      do {
        opener.layers.clear();
        again = (Outcome.Ready) puller.provide(request(1));
      } while (!again.layer().lazy());
      assertThat(again.layer().reason()).contains("its zTOC was made on this node");
      assertThat(store.ztocsOf(layer)).hasSize(1);
      assertThat(file).doesNotExist();
      puller.close();
    }
  }

  @Test
  void aPullNobodyWaitsForAnyMoreEnds() throws Exception {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.image(FakeIndexes.layer(1, false));
    opener.gate.drainPermits();
    Request request = request(1);
    Thread caller = Thread.ofVirtual().start(() -> puller.provide(request));
    opener.awaitUnpacking(FakeIndexes.digest(1));

    caller.interrupt();
    caller.join();

    opener.awaitInterrupted(FakeIndexes.digest(1));
    opener.awaitLeases(0);
    opener.gate.release();
    assertThat(puller.provide(request)).isInstanceOf(Outcome.Ready.class);
    assertThat(indexes.finds.get()).isEqualTo(2);
  }

  @Test
  void aCallerThatGoesAwayEndsThePullToo() throws Exception {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.image(FakeIndexes.layer(1, false));
    opener.gate.drainPermits();
    Request request = request(1);
    CompletableFuture<Void> gone = new CompletableFuture<>();
    List<Outcome> outcomes = new CopyOnWriteArrayList<>();
    Thread caller =
        Thread.ofVirtual()
            .start(() -> outcomes.add(Caller.call(gone, () -> puller.provide(request))));
    opener.awaitUnpacking(FakeIndexes.digest(1));

    gone.complete(null);
    caller.join();

    opener.awaitInterrupted(FakeIndexes.digest(1));
    opener.awaitLeases(0);
    assertThat(outcomes).containsExactly(new Outcome.Left("the caller went away"));
  }

  @Test
  void anImageOfSchemaOneIsLeftWithTheReason() {
    indexes.failure =
        new MalformedManifestException("$.schemaVersion", "1", "this is Docker's schema 1");

    assertThat(((Outcome.Left) puller.provide(request(1))).reason())
        .contains("is none this daemon can use")
        .contains("Docker's schema 1");
    assertThat(answers).containsExactly("Refused");
  }

  @Test
  void aPullGoesOnAsLongAsSomebodyWaits() throws Exception {
    puller = puller(0, Duration.ofSeconds(20), PullPolicy.Parallel.ALWAYS);
    indexes.image(FakeIndexes.layer(1, false));
    opener.gate.drainPermits();
    Request request = request(1);
    List<Outcome> outcomes = new CopyOnWriteArrayList<>();
    Thread stays = Thread.ofVirtual().start(() -> outcomes.add(puller.provide(request)));
    opener.awaitUnpacking(FakeIndexes.digest(1));
    Thread goes = Thread.ofVirtual().start(() -> puller.provide(request));
    opener.awaitLeases(3);

    goes.interrupt();
    goes.join();
    opener.gate.release();
    stays.join();

    assertThat(outcomes).hasOnlyElementsOfType(Outcome.Ready.class);
    assertThat(opener.interrupted).isEmpty();
  }

  private String left(Map<String, String> labels) {
    return ((Outcome.Left) puller.provide(new Request("k", "t", "", labels))).reason();
  }

  private Request request(int layer) {
    return new Request("key", indexes.target(layer), "", labels(layer, "registry.test/app:1"));
  }

  private static Map<String, String> labels(int layer, String reference) {
    return Map.of(
        Labels.IMAGE_REF,
        reference,
        Labels.MANIFEST_DIGEST,
        FakeIndexes.digest(1000).toString(),
        Labels.LAYER_DIGEST,
        FakeIndexes.digest(layer).toString());
  }
}
