package io.thaw.daemon.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/// Durations of one operation in SOCI's buckets, powers of two. Safe for use by many threads.
final class SociHistogram {
  private final String operation;
  private final double[] bounds;
  private final AtomicLongArray counts;
  private final DoubleAdder sum = new DoubleAdder();

  /// @param buckets how many there are below the one without a bound; the first ends at 1
  SociHistogram(String operation, int buckets) {
    this.operation = operation;
    this.bounds = bounds(buckets);
    this.counts = new AtomicLongArray(bounds.length);
  }

  /// 1, 2, 4, … and infinity behind `buckets` of them.
  static double[] bounds(int buckets) {
    double[] bounds = new double[buckets + 1];
    for (int i = 0; i < buckets; i++) {
      bounds[i] = 1L << i;
    }
    bounds[buckets] = Double.POSITIVE_INFINITY;
    return bounds;
  }

  /// SOCI's labels of an operation that is summed over layers.
  static Labels labels(String operation) {
    return Labels.of("operation_type", operation, "layer", "");
  }

  void observe(double value) {
    int at = Arrays.binarySearch(bounds, value);
    counts.incrementAndGet(at >= 0 ? at : -at - 1);
    sum.add(value);
  }

  /// How it is now.
  HistogramDataPointSnapshot point() {
    Number[] now = new Number[bounds.length];
    for (int i = 0; i < now.length; i++) {
      now[i] = counts.get(i);
    }
    return HistogramDataPointSnapshot.builder()
        .labels(labels(operation))
        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, now))
        .sum(sum.sum())
        .build();
  }
}
