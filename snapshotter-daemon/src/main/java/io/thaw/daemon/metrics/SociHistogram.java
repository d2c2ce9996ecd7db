package io.thaw.daemon.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/// Durations of one operation in SOCI's buckets, powers of two. Safe for use by many threads.
final class SociHistogram implements Collector {
  private final String name;
  private final String operation;
  private final double[] bounds;
  private final AtomicLongArray counts;
  private final DoubleAdder sum = new DoubleAdder();

  /// @param buckets how many there are below the one without a bound; the first ends at 1
  SociHistogram(String name, String operation, int buckets) {
    this.name = name;
    this.operation = operation;
    this.bounds = new double[buckets + 1];
    for (int i = 0; i < buckets; i++) {
      bounds[i] = 1L << i;
    }
    bounds[buckets] = Double.POSITIVE_INFINITY;
    this.counts = new AtomicLongArray(bounds.length);
  }

  void observe(double value) {
    int at = Arrays.binarySearch(bounds, value);
    counts.incrementAndGet(at >= 0 ? at : -at - 1);
    sum.add(value);
  }

  @Override
  public MetricSnapshot collect() {
    Number[] now = new Number[bounds.length];
    for (int i = 0; i < now.length; i++) {
      now[i] = counts.get(i);
    }
    return HistogramSnapshot.builder()
        .name(name)
        .help("How long operations take, as SOCI measures them")
        .dataPoint(
            HistogramDataPointSnapshot.builder()
                .labels(Labels.of("operation_type", operation, "layer", ""))
                .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, now))
                .sum(sum.sum())
                .build())
        .build();
  }
}
