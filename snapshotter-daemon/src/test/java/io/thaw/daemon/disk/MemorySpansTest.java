package io.thaw.daemon.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MemorySpansTest {
  private final MemorySpans spans = new MemorySpans(100);

  private void hold(long owner, int span, int length) {
    byte[] bytes = spans.allocate(length);
    bytes[0] = (byte) span;
    spans.put(owner, span, bytes);
  }

  @Test
  void forgetsWhatWasReadLeastRecently() {
    hold(1, 1, 40);
    hold(1, 2, 40);
    assertThat(spans.get(1, 1)).startsWith(1);

    hold(1, 3, 40);

    assertThat(spans.get(1, 1)).isNotNull();
    assertThat(spans.get(1, 2)).isNull();
    assertThat(spans.get(1, 3)).startsWith(3);
    assertThat(spans.usedBytes()).isEqualTo(80);
    assertThat(spans.spansHeld()).isEqualTo(3);
  }

  @Test
  void forgetsTheSpansOfOneOwner() {
    hold(1, 1, 10);
    hold(2, 1, 10);

    spans.drop(1);

    assertThat(spans.get(1, 1)).isNull();
    assertThat(spans.get(2, 1)).isNotNull();
    spans.clear();
    assertThat(spans.usedBytes()).isZero();
  }

  @Test
  void countsASpanThatIsHeldTwiceOnce() {
    hold(1, 1, 10);
    hold(1, 1, 20);

    assertThat(spans.usedBytes()).isEqualTo(20);
  }

  @Test
  void refusesASpanThatWouldTakeMoreThanHalf() {
    assertThatThrownBy(() -> spans.allocate(51)).hasMessageContaining("more than 50");
  }

  @Test
  @Timeout(60)
  void isBoundedHoweverManyFillItAtATime() throws Exception {
    List<Future<Long>> peaks = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        int owner = i;
        peaks.add(
            threads.submit(
                () -> {
                  long peak = 0;
                  for (int span = 0; span < 2_000; span++) {
                    byte[] bytes = spans.allocate(50);
                    peak = Math.max(peak, spans.usedBytes());
                    if (span % 3 == 0) {
                      spans.giveBack(bytes);
                    } else {
                      spans.put(owner, span, bytes);
                    }
                  }
                  return peak;
                }));
      }
      for (Future<Long> peak : peaks) {
        assertThat(peak.get(50, TimeUnit.SECONDS)).isLessThanOrEqualTo(100);
      }
    }
  }
}
