package io.thaw.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.fuse.FuseCounters.Operation;
import org.junit.jupiter.api.Test;

class FuseCountersTest {
  private final FuseCounters counters = new FuseCounters();

  private int bucketOf(long nanos) {
    FuseCounters one = new FuseCounters();
    one.answered(Operation.READ, nanos, false);
    for (int i = 0; i <= FuseCounters.BUCKETS; i++) {
      if (one.count(Operation.READ, i) == 1) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void boundsArePowersOfTwoMicrosecondsAndBelongToTheirBucket() {
    assertThat(bucketOf(0)).isZero();
    assertThat(bucketOf(1_000)).isZero();
    assertThat(bucketOf(1_001)).isEqualTo(1);
    assertThat(bucketOf(2_000)).isEqualTo(1);
    assertThat(bucketOf(4_001)).isEqualTo(3);
    assertThat(bucketOf(1_000L << 23)).isEqualTo(23);
    assertThat(bucketOf(1 + (1_000L << 23))).isEqualTo(FuseCounters.BUCKETS);
    assertThat(bucketOf(Long.MAX_VALUE)).isEqualTo(FuseCounters.BUCKETS);
  }

  @Test
  void countsTimesFailuresAndBytesPerOperation() {
    counters.answered(Operation.READ, 5_000, false);
    counters.answered(Operation.READ, 7_000, true);
    counters.answered(Operation.LOOKUP, 1_000, false);
    counters.read(100);
    counters.read(28);

    assertThat(counters.count(Operation.READ)).isEqualTo(2);
    assertThat(counters.nanos(Operation.READ)).isEqualTo(12_000);
    assertThat(counters.failures(Operation.READ)).isEqualTo(1);
    assertThat(counters.failures(Operation.LOOKUP)).isZero();
    assertThat(counters.bytesRead()).isEqualTo(128);
  }
}
