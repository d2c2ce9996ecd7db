package io.thaw.daemon.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/// What the daemon counts. Safe for use by many threads.
public final class DaemonMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

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
  }

  /// Shows a number that only grows.
  public void counter(String name, String description, LongSupplier value) {
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

  /// Everything in Prometheus' text format.
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
