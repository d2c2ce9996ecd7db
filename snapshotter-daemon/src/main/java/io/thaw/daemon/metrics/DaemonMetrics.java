package io.thaw.daemon.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.thaw.fuse.FuseCounters;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What the daemon counts. Safe for use by many threads.
public final class DaemonMetrics implements AutoCloseable {
  /// What became of a layer that should have been mounted and was not.
  private static final Set<String> NOT_MOUNTED = Set.of("Failed", "TooSlow", "Unreachable");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final LongAdder mountFailures = new LongAdder();
  private final Map<Call, Timer> calls = new ConcurrentHashMap<>();
  private final SociHistogram mounts = new SociHistogram("mount", 15);
  private final SociHistogram registryGets = new SociHistogram("remote_registry_get", 15);
  private final FuseCounters fuse = new FuseCounters();

  private record Call(String method, String code) {}

  /// Takes the values of one metric while it is scraped.
  @FunctionalInterface
  public interface Values {
    /// One value.
    ///
    /// @param labels the labels' values, in the order of their names
    void accept(long value, String... labels);
  }

  public DaemonMetrics() {
    soci(
        "soci_fs_operation_duration_milliseconds",
        () -> List.of(mounts.point(), registryGets.point()));
    soci(
        "soci_fs_operation_duration_microseconds",
        () ->
            List.of(
                FuseHistograms.soci(fuse, FuseCounters.Operation.READ, "synchronous_read"),
                FuseHistograms.soci(fuse, FuseCounters.Operation.READDIR, "node_readdir")));
    Collector requests = () -> FuseHistograms.all(fuse);
    registry.getPrometheusRegistry().register(requests);
  }

  private void soci(String name, Supplier<List<HistogramDataPointSnapshot>> points) {
    Collector collector =
        () -> {
          HistogramSnapshot.Builder histogram =
              HistogramSnapshot.builder()
                  .name(name)
                  .help("How long operations take, as SOCI measures them");
          points.get().forEach(histogram::dataPoint);
          return histogram.build();
        };
    registry.getPrometheusRegistry().register(collector);
  }

  /// The registry holds functions of counters weakly: without this they end with the next garbage
  /// collection, and the counter stands still.
  private final List<LongSupplier> kept = new CopyOnWriteArrayList<>();

  /// A call of containerd's has ended.
  ///
  /// @param method such as `Prepare`
  /// @param code gRPC's name of the outcome
  public void callEnded(String method, String code, long nanos) {
    calls.computeIfAbsent(new Call(method, code), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    if (method.equals("Prepare") && code.equals("ALREADY_EXISTS")) {
      mounts.observe(nanos / 1e6);
    }
  }

  private Timer timer(Call call) {
    return Timer.builder("thaw.grpc.calls")
        .description("Calls of the snapshots service")
        .tag("method", call.method())
        .tag("code", call.code())
        .register(registry);
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

  /// A registry has begun to answer a request for a range.
  public void registryAnswered(long nanos) {
    registryGets.observe(nanos / 1e6);
  }

  /// What is counted of the mounts' requests.
  public FuseCounters fuse() {
    return fuse;
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
