package io.thaw.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerProgress;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.layer.LayerUsage;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FillRatesTest {
  private static final Digest LAYER = Digest.parse("sha256:" + "1".repeat(64));

  private final AtomicLong now = new AtomicLong();
  private final FillRates rates = new FillRates(now::get);

  private static LayerState state(long present, boolean settled) {
    return new LayerState(
        1,
        new LayerBlob(LAYER, 1_000_000, new Repository("registry.test", "image")),
        true,
        settled,
        new LayerProgress(1, 10, present, 1_000_000),
        new LayerUsage(0, 0),
        Optional.empty());
  }

  private void second(long present) {
    now.addAndGet(1_000_000_000L);
    rates.sample(List.of(state(present, false)), present);
  }

  @Test
  void aSteadySpeedIsFoundAndTheRestIsReckoned() {
    for (int i = 0; i <= 40; i++) {
      second(i * 10_000L);
    }

    assertThat(rates.bytesPerSecond(LAYER)).isCloseTo(10_000, within(20L));
    assertThat(rates.bytesPerSecond()).isCloseTo(10_000, within(20L));
    assertThat(rates.etaMillis(state(400_000, false))).isCloseTo(60_000, within(200L));
  }

  @Test
  void nothingCanBeToldOfALayerThatStands() {
    assertThat(rates.etaMillis(state(10, false))).isEqualTo(-1);
    assertThat(rates.etaMillis(state(1_000_000, true))).isZero();
  }

  @Test
  void aSettledLayerHasNoSpeed() {
    for (int i = 0; i < 5; i++) {
      second(i * 10_000L);
    }
    now.addAndGet(1_000_000_000L);
    rates.sample(List.of(state(1_000_000, true)), 1_000_000);

    assertThat(rates.bytesPerSecond(LAYER)).isZero();
  }
}
