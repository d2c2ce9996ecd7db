package io.thaw.daemon.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.daemon.layer.LayerBlob;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.PrefetchRef;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Repository;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PrefetchArtifactsTest {
  private static final LayerBlob LAYER =
      new LayerBlob(FakeIndexes.digest(1), 5_000, new Repository("registry.test", "image"));

  private final FakeIndexes indexes = new FakeIndexes();
  private final FakeOpener opener = new FakeOpener();

  @Test
  void theMostUrgentSpansComeFirst() {
    PrefetchArtifacts artifacts =
        artifacts(
            "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":1,\"end_span\":1,\"priority\":9},{\"start_span\":8,\"end_span\":9}]}");

    assertThat(artifacts.ranges()).containsExactly(new SpanRange(8, 9, 0), new SpanRange(1, 1, 9));
  }

  @Test
  void whatCannotBeReadIsLeftOut() {
    assertThat(
            artifacts(
                    "no json",
                    "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":3,\"end_span\":3}]}")
                .ranges())
        .containsExactly(new SpanRange(3, 3, 0));
  }

  @Test
  void anArtifactThatClaimsToBeHugeIsNotFetched() {
    SociIndex index =
        index(
            new PrefetchRef(
                new Descriptor("application/json", FakeIndexes.digest(9), 1L << 40),
                LAYER.digest()));

    assertThat(PrefetchArtifacts.of(index, LAYER, indexes).ranges()).isEmpty();
  }

  @Test
  void aMountAsksForTheSpansByItself() throws Exception {
    opener.openLazy(LAYER, FakeIndexes.ztocDigest(1), () -> null);
    artifacts("{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":3,\"end_span\":5}]}")
        .startFor(opener);

    opener.awaitPrefetched(1);
    assertThat(opener.prefetched).containsExactly(LAYER.digest() + " 3-6");
  }

  private PrefetchArtifacts artifacts(String... contents) {
    PrefetchRef[] refs = new PrefetchRef[contents.length];
    for (int i = 0; i < contents.length; i++) {
      byte[] bytes = contents[i].getBytes(UTF_8);
      indexes.blobs.put(FakeIndexes.digest(100 + i), bytes);
      refs[i] =
          new PrefetchRef(
              new Descriptor("application/json", FakeIndexes.digest(100 + i), bytes.length),
              LAYER.digest());
    }
    return PrefetchArtifacts.of(index(refs), LAYER, indexes);
  }

  private static SociIndex index(PrefetchRef... refs) {
    return new SociIndex(
        SociIndex.Version.V2, List.of(), List.of(refs), Optional.empty(), Optional.empty());
  }
}
