package io.thaw.daemon.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.thaw.fuse.FuseCounters;
import java.util.Locale;

/// How long the mounts' requests took, as Prometheus wants it; put together when it is asked for.
final class FuseHistograms {
  private static final int SOCI_BUCKETS = 11;

  private FuseHistograms() {}

  /// One operation in SOCI's buckets of microseconds, which are the first of ours.
  static HistogramDataPointSnapshot soci(
      FuseCounters fuse, FuseCounters.Operation operation, String name) {
    Number[] counts = new Number[SOCI_BUCKETS + 1];
    long longer = 0;
    for (int i = 0; i <= FuseCounters.BUCKETS; i++) {
      if (i < SOCI_BUCKETS) {
        counts[i] = fuse.count(operation, i);
      } else {
        longer += fuse.count(operation, i);
      }
    }
    counts[SOCI_BUCKETS] = longer;
    return HistogramDataPointSnapshot.builder()
        .labels(SociHistogram.labels(name))
        .classicHistogramBuckets(
            ClassicHistogramBuckets.of(SociHistogram.bounds(SOCI_BUCKETS), counts))
        .sum(fuse.nanos(operation) / 1e3)
        .build();
  }

  /// All operations, in seconds.
  static HistogramSnapshot all(FuseCounters fuse) {
    double[] bounds = SociHistogram.bounds(FuseCounters.BUCKETS);
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] /= 1e6;
    }
    HistogramSnapshot.Builder histogram =
        HistogramSnapshot.builder()
            .name("thaw_fuse_request_seconds")
            .help("How long requests of lazy mounts took to be answered");
    for (FuseCounters.Operation operation : FuseCounters.Operation.values()) {
      Number[] counts = new Number[bounds.length];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = fuse.count(operation, i);
      }
      histogram.dataPoint(
          HistogramDataPointSnapshot.builder()
              .labels(Labels.of("operation", operation.name().toLowerCase(Locale.ROOT)))
              .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
              .sum(fuse.nanos(operation) / 1e9)
              .build());
    }
    return histogram.build();
  }
}
