package io.thaw.daemon.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.daemon.fetch.FetchTrouble;
import io.thaw.daemon.image.PrewarmRequest.Until;
import io.thaw.daemon.profile.ImageStarts;
import io.thaw.daemon.snapshot.Pin;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.PrefetchRef;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class PrewarmerTest {
  private static final Reference IMAGE = Reference.parse("registry.test/image:1");

  private final FakeIndexes indexes = new FakeIndexes();
  private final FakeOpener opener = new FakeOpener();
  private final FakeKeeper keeper = new FakeKeeper();
  private final List<PrewarmState> heard = new ArrayList<>();

  private static final class FakeKeeper implements Prewarmer.Keeper {
    final List<Pin> pins = new ArrayList<>();
    int tidied;

    @Override
    public void keep(List<Pin> more) {
      pins.addAll(more);
    }

    @Override
    public void tidy() {
      tidied++;
    }
  }

  private Prewarmer prewarmer(Duration patience) {
    PullPolicy policy =
        new PullPolicy(
            Set.of(SociIndex.Version.V2),
            0,
            1_000,
            Duration.ofSeconds(30),
            PullPolicy.Parallel.OFF,
            2,
            2,
            Duration.ofMinutes(10),
            Duration.ofSeconds(15));
    return new Prewarmer(
        indexes, opener, NodeZtocs.NONE, policy, ImageStarts.NONE, keeper, patience);
  }

  private void run(Until until) throws IOException, InterruptedException {
    prewarmer(Duration.ofMinutes(5))
        .run(new PrewarmRequest(IMAGE, Optional.empty(), until, Duration.ofHours(1)), heard::add);
  }

  @Test
  void untilFullFillsEveryLayerAndKeepsIt() throws Exception {
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, false));

    run(Until.FULL);

    assertThat(opener.filled).containsExactly(FakeIndexes.digest(1));
    assertThat(opener.unpacks).containsExactly(FakeIndexes.digest(2));
    assertThat(keeper.pins)
        .extracting(Pin::layerDigest)
        .containsExactly(FakeIndexes.digest(1).toString(), FakeIndexes.digest(2).toString());
    Pin pin = keeper.pins.getFirst();
    assertThat(pin.image()).isEqualTo(IMAGE.toString());
    assertThat(pin.until()).isEqualTo("full");
    assertThat(Duration.between(pin.created(), pin.expires())).isEqualTo(Duration.ofHours(1));
    assertThat(heard.getLast().expires()).contains(pin.expires());
    assertThat(heard.getLast().layers()).allMatch(PrewarmState.LayerPart::done);
    assertThat(opener.leases()).isZero();
    assertThat(keeper.tidied).isZero();
  }

  @Test
  void untilIndexOpensIndexedLayersAndFetchesNoBytes() throws Exception {
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, false));

    run(Until.INDEX);

    assertThat(opener.lazyOpens).containsExactly(FakeIndexes.digest(1));
    assertThat(opener.unpacks).isEmpty();
    assertThat(opener.filled).isEmpty();
    assertThat(keeper.pins).hasSize(1);
  }

  @Test
  void untilProfileWaitsForTheSpansTheIndexNames() throws Exception {
    prefetchArtifact(1, "{\"start_span\":2,\"end_span\":4},{\"start_span\":7,\"end_span\":7}");
    indexes.image(FakeIndexes.layer(1, true), FakeIndexes.layer(2, false));

    run(Until.PROFILE);

    assertThat(opener.prefetched)
        .containsExactlyInAnyOrder(FakeIndexes.digest(1) + " 2-5", FakeIndexes.digest(1) + " 7-8");
    assertThat(opener.filled).isEmpty();
    assertThat(opener.unpacks).containsExactly(FakeIndexes.digest(2));
    assertThat(heard.getLast().layers().getFirst().wantedBytes()).isEqualTo(4);
  }

  @Test
  void anImageWithoutIndexIsBroughtHereWholeOrNotAtAll() throws Exception {
    indexes.notFound("nobody made one", FakeIndexes.layer(1, false));

    assertThatThrownBy(() -> run(Until.PROFILE))
        .isInstanceOf(Prewarmer.NoIndexException.class)
        .hasMessageContaining("nobody made one");
    assertThat(opener.unpacks).isEmpty();

    run(Until.FULL);
    assertThat(opener.unpacks).containsExactly(FakeIndexes.digest(1));
    assertThat(keeper.pins).hasSize(1);
  }

  @Test
  void aFailureKeepsNothingAndTidiesUp() {
    indexes.image(FakeIndexes.layer(1, true));
    opener.failure = new IOException("disk full");

    assertThatThrownBy(() -> run(Until.FULL))
        .hasMessageContaining("disk full")
        .hasMessageContaining(FakeIndexes.digest(1).toString());
    assertThat(keeper.pins).isEmpty();
    assertThat(keeper.tidied).isEqualTo(1);
    assertThat(opener.leases()).isZero();
  }

  @Test
  void bytesThatNeverComeEndTheWorkWithTheReason() {
    indexes.image(FakeIndexes.layer(1, true));
    opener.trouble = new FetchTrouble(Instant.now(), 3, "connection refused");

    assertThatThrownBy(
            () ->
                prewarmer(Duration.ofMillis(1))
                    .run(
                        new PrewarmRequest(
                            IMAGE, Optional.empty(), Until.FULL, Duration.ofHours(1)),
                        heard::add))
        .hasMessageContaining("connection refused");
    assertThat(keeper.pins).isEmpty();
  }

  @Test
  void aCallerWhoGoesAwayKeepsNothing() throws Exception {
    indexes.image(FakeIndexes.layer(1, true));
    opener.trouble = new FetchTrouble(Instant.now(), 1, "slow");
    AtomicReference<Throwable> end = new AtomicReference<>();
    Thread worker =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    run(Until.FULL);
                  } catch (IOException | InterruptedException e) {
                    end.set(e);
                  }
                });
    opener.awaitOpened(1);

    worker.interrupt();
    worker.join();

    assertThat(end.get()).isInstanceOf(InterruptedException.class);
    assertThat(keeper.pins).isEmpty();
    assertThat(keeper.tidied).isEqualTo(1);
    assertThat(opener.leases()).isZero();
  }

  @Test
  void aRestartGoesOnWithWhatWasPromisedWhole() {
    Instant now = Instant.now();
    prewarmer(Duration.ofMinutes(1))
        .resume(
            List.of(
                new Pin("i", 1, FakeIndexes.digest(1).toString(), "full", now, now),
                new Pin("i", 2, FakeIndexes.digest(2).toString(), "index", now, now)));

    assertThat(opener.filled).containsExactly(FakeIndexes.digest(1));
  }

  private void prefetchArtifact(int layer, String spans) {
    Digest digest = FakeIndexes.digest(5_000 + layer);
    byte[] json = "{\"version\":\"1.0\",\"prefetch_spans\":[%s]}".formatted(spans).getBytes(UTF_8);
    indexes.blobs.put(digest, json);
    indexes.prefetches.add(
        new PrefetchRef(
            new Descriptor("application/json", digest, json.length), FakeIndexes.digest(layer)));
  }
}
