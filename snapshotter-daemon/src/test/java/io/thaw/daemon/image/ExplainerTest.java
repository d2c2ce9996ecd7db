package io.thaw.daemon.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.snapshot.LayerMode;
import io.thaw.index.SociIndex;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExplainerTest {
  private static final Reference IMAGE = Reference.parse("registry.test/image:1");

  private final FakeIndexes indexes = new FakeIndexes();
  private final FakeOpener opener = new FakeOpener();

  private Explanation explain(long minLayerSize) throws IOException {
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
    return new Explainer(indexes, opener, policy, _ -> "docker configuration /x").explain(IMAGE);
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
