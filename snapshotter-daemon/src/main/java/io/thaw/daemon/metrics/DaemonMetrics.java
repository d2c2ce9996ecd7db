package io.thaw.daemon.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// What the daemon counts. Safe for use by many threads.
public final class DaemonMetrics implements AutoCloseable {
  /// What became of a layer that should have been mounted and was not.
  private static final Set<String> NOT_MOUNTED = Set.of("Failed", "TooSlow", "Unreachable");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final LongAdder mountFailures = new LongAdder();
  private final SociHistogram mounts =
      sociHistogram("soci_fs_operation_duration_milliseconds", "mount", 15);
  private final SociHistogram waits =
      sociHistogram("soci_fs_operation_duration_microseconds", "synchronous_read", 11);

  /// Takes the values of one metric while it is scraped.
  @FunctionalInterface
  public interface Values {
    /// One value.
    ///
    /// @param labels the labels' values, in the order of their names
    void accept(long value, String... labels);
  }

  private SociHistogram sociHistogram(String name, String operation, int buckets) {
    SociHistogram histogram = new SociHistogram(name, operation, buckets);
    registry.getPrometheusRegistry().register(histogram);
    return histogram;
  }

  /// The registry holds functions of counters weakly: without this they end with the next garbage
  /// collection, and the counter stands still.
  private final List<LongSupplier> kept = new CopyOnWriteArrayList<>();

  /// A call of containerd's has ended.
  ///
  /// @param method such as `Prepare`
  /// @param code gRPC's name of the outcome
  public void callEnded(String method, String code, long nanos) {
    Timer.builder("thaw.grpc.calls")
        .description("Calls of the snapshots service")
        .tag("method", method)
        .tag("code", code)
        .register(registry)
        .record(Duration.ofNanos(nanos));
    if (method.equals("Prepare") && code.equals("ALREADY_EXISTS")) {
      mounts.observe(nanos / 1e6);
    }
  }

  /// A layer was asked for.
  ///
  /// @param outcome such as `Lazy`
  public void layerAnswered(String outcome) {
    Counter.builder("thaw.layers.prepared")
        .description("Layers containerd asked for, by what became of them")
        .tag("outcome", outcome.toLowerCase(Locale.ROOT))
        .register(registry)
        .increment();
    if (NOT_MOUNTED.contains(outcome)) {
      mountFailures.increment();
    }
  }

  /// A read waited for bytes.
  public void readWaited(Duration elapsed) {
    waits.observe(elapsed.toNanos() / 1e3);
  }

  long mountFailures() {
    return mountFailures.sum();
  }

  /// Shows a number that only grows.
  public void counter(String name, String description, LongSupplier value) {
    kept.add(value);
    FunctionCounter.builder(name, value, LongSupplier::getAsLong)
        .description(description)
        .register(registry);
  }

  /// Shows a number that comes and goes.
  public void gauge(String name, String description, LongSupplier value) {
    Gauge.builder(name, value, LongSupplier::getAsLong)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  /// Shows a number that only grows, one of several kinds.
  void counter(String name, String description, String kind, LongSupplier value) {
    kept.add(value);
    FunctionCounter.builder(name, value, LongSupplier::getAsLong)
        .description(description)
        .tag("kind", kind)
        .register(registry);
  }

  /// Shows numbers that come and go.
  ///
  /// @param name as Prometheus shows it
  /// @param values gives all values there are, at every scrape
  void gauges(String name, String description, List<String> labels, Consumer<Values> values) {
    GaugeWithCallback.builder()
        .name(name)
        .help(description)
        .labelNames(labels.toArray(String[]::new))
        .callback(callback -> values.accept((value, texts) -> callback.call((double) value, texts)))
        .register(registry.getPrometheusRegistry());
  }

  /// Everything in Prometheus' text format.
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
