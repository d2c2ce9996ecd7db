package io.thaw.cli.builder.web;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thaw.cli.builder.intake.Decision;
import io.thaw.cli.builder.queue.Job;
import io.thaw.cli.builder.queue.JobState;
import io.thaw.cli.builder.queue.Submission;
import io.thaw.cli.builder.work.Workers.WorkEvents;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/// What the builder counts. Labels are few and fixed: neither repositories nor tags are among
/// them. Safe for use by many threads.
public final class BuilderMetrics implements WorkEvents, AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /// A request has been answered.
  ///
  /// @param route the handler, not the path
  void answered(String route, int status) {
    Counter.builder("thaw.builder.requests")
        .description("Requests answered, by route and status")
        .tag("route", route)
        .tag("status", String.valueOf(status))
        .register(registry)
        .increment();
  }

  /// A push was considered.
  public void decided(String origin, Decision decision) {
    Counter.builder("thaw.builder.pushes")
        .description("Pushes announced, by what became of them")
        .tag("origin", origin)
        .tag("outcome", outcome(decision))
        .register(registry)
        .increment();
  }

  private static String outcome(Decision decision) {
    return switch (decision) {
      case Decision.Taken(String rule, Submission.Added added) -> "queued";
      case Decision.Taken(String rule, Submission.Joined joined) -> "joined";
      case Decision.Taken(String rule, Submission.Known known) -> "known";
      case Decision.Ignored ignored -> ignored.reason().name().toLowerCase(Locale.ROOT);
    };
  }

  @Override
  public void ended(Job job, JobState state, long nanos) {
    Timer.builder("thaw.builder.attempts")
        .description("Attempts at jobs, by the state they left the job in")
        .tag("format", job.request().format().label())
        .tag("state", state.label())
        .register(registry)
        .record(Duration.ofNanos(nanos));
  }

  @Override
  public void indexed(Job job, long layers, long bytes) {
    counter("thaw.builder.indexed.layers", "Layers indexed").increment((double) layers);
    counter("thaw.builder.indexed.bytes", "Stored bytes of layers indexed")
        .increment((double) bytes);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /// Shows a number that comes and goes.
  public void gauge(String name, String description, LongSupplier value) {
    Gauge.builder(name, value, LongSupplier::getAsLong)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  /// Shows how many jobs are in a state.
  public void jobs(JobState state, LongSupplier count) {
    Gauge.builder("thaw.builder.jobs", count, LongSupplier::getAsLong)
        .description("Jobs by state")
        .tag("state", state.label())
        .strongReference(true)
        .register(registry);
  }

  /// Everything in Prometheus' text format.
  String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
