package io.thaw.daemon.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.daemon.snapshot.LayerMode;
import io.thaw.index.SociIndex;
import io.thaw.index.oci.Platform;
import io.thaw.index.store.ArtifactStore;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainerTest {
  private static final Reference IMAGE = Reference.parse("registry.test/image:1");

  private final FakeIndexes indexes = new FakeIndexes();
  private final FakeOpener opener = new FakeOpener();

  private Explanation explain(long minLayerSize) throws IOException {
    return explain(minLayerSize, NodeZtocs.NONE, Optional.empty());
  }

  private Explanation explain(long minLayerSize, NodeZtocs nodeZtocs, Optional<Platform> platform)
      throws IOException {
    PullPolicy policy =
        new PullPolicy(
            Set.of(SociIndex.Version.V2),
            minLayerSize,
            1_000,
            Duration.ofSeconds(30),
            PullPolicy.Parallel.OFF,
            2,
            2,
            Duration.ofMinutes(10),
            Duration.ofSeconds(15));
    return new Explainer(indexes, opener, nodeZtocs, policy, _ -> "docker configuration /x")
        .explain(IMAGE, platform);
  }

  @Test
  void tellsEachLayersModeAndWhatHasToComeFirst() throws IOException {
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, false));

    Explanation told = explain(0);

    assertThat(told.mode()).isEqualTo(LayerMode.LAZY);
    assertThat(told.index().source()).isEqualTo("annotation");
    assertThat(told.index().digest()).isEqualTo(FakeIndexes.digest(2000).toString());
    assertThat(told.layers())
        .extracting(Explanation.LayerPlan::mode)
        .containsExactly(LayerMode.LAZY, LayerMode.EAGER);
    assertThat(told.bytesBeforeStart()).isEqualTo(100 + 5_000);
    assertThat(told.bytesBehind()).isEqualTo(5_000);
    assertThat(told.credentials()).isEqualTo("docker configuration /x");
    assertThat(opener.lazyOpens).as("changes nothing").isEmpty();
    assertThat(opener.unpacks).isEmpty();
  }

  @Test
  void aSmallLayerIsEagerAndTheKeyIsNamed() throws IOException {
    indexes.image(FakeIndexes.layer(1, true));

    Explanation told = explain(10_000);

    assertThat(told.mode()).isEqualTo(LayerMode.EAGER);
    assertThat(told.layers().getFirst().reason()).contains("snapshotter.min_layer_size");
    assertThat(told.advice()).anyMatch(text -> text.contains("snapshotter.min_layer_size"));
  }

  @Test
  void anImageWithoutIndexIsDeferredAndTheRemedyIsTold() throws IOException {
    indexes.notFound("no annotation", FakeIndexes.layer(1, false));

    Explanation told = explain(0);

    assertThat(told.mode()).isEqualTo(LayerMode.DEFERRED);
    assertThat(told.reason()).contains("no annotation");
    assertThat(told.bytesBeforeStart()).isEqualTo(5_000);
    assertThat(told.advice()).anyMatch(text -> text.contains("thaw convert"));
  }

  @Test
  void aZtocMadeOnThisNodeMakesAnImageWithoutIndexLazy(@TempDir Path dir) throws IOException {
    indexes.withoutIndex(
        "no annotation",
        FakeIndexes.descriptor(1, FakeIndexes.GZIP, 5_000),
        FakeIndexes.descriptor(2, FakeIndexes.GZIP, 5_000));
    byte[] ztoc = {1, 2, 3};
    try (ArtifactStore store = ArtifactStore.open(dir)) {
      LocalZtocs.add(store, FakeIndexes.digest(1), ztoc);

      Explanation told = explain(0, NodeZtocs.in(store, true, true, 0), Optional.empty());

      assertThat(told.mode()).isEqualTo(LayerMode.LAZY);
      assertThat(told.index()).isEqualTo(IndexUse.LOCAL);
      assertThat(told.reason())
          .contains("1 of 2 layers have a zTOC that was made on this node")
          .contains("no annotation");
      assertThat(told.layers().getFirst().ztoc()).contains(Digest.sha256(ztoc));
      assertThat(told.layers().getLast().reason()).contains("a zTOC is made of it");
      assertThat(told.bytesBeforeStart()).as("the zTOC need not come").isEqualTo(5_000);
    }
  }

  @Test
  void theWantedPlatformIsLookedForAndTold() throws IOException {
    indexes.image(FakeIndexes.layer(1, true));
    Platform arm = Platform.parse("linux/arm64");
    indexes.blobs.put(
        FakeIndexes.digest(1),
        "{\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v8\"}"
            .getBytes(StandardCharsets.UTF_8));

    Explanation told = explain(0, NodeZtocs.NONE, Optional.of(arm));

    assertThat(indexes.lastQuery.platform()).isEqualTo(arm);
    assertThat(told.platform()).isEqualTo("linux/arm64");
  }

  @Test
  void anImageForAnotherPlatformAloneIsAnError() {
    indexes.image(FakeIndexes.layer(1, true));
    indexes.blobs.put(
        FakeIndexes.digest(1),
        "{\"architecture\":\"amd64\",\"os\":\"linux\"}".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> explain(0, NodeZtocs.NONE, Optional.of(Platform.parse("linux/arm64"))))
        .hasMessageContaining("is an image for linux/amd64 alone; there is none for linux/arm64");
  }

  @Test
  void whatIsHereNeedNotCome() throws IOException {
    indexes.image(FakeIndexes.layer(1, true));
    opener.openLazy(
        new LayerBlob(FakeIndexes.digest(1), 5_000, IMAGE.repository()),
        FakeIndexes.ztocDigest(1),
        () -> null);
    opener.fill(FakeIndexes.digest(1));

    Explanation told = explain(0);

    assertThat(told.bytesBeforeStart()).isZero();
    assertThat(told.bytesBehind()).isZero();
    assertThat(told.layers().getFirst().reason()).isEqualTo("it is on this node");
  }
}
