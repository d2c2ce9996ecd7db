package io.thaw.daemon.main;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells systemd from time to time that the daemon is well, for as long as it is.
final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final SystemdNotify systemd;
  private final Check check;
  private final Duration limit;
  private final ScheduledExecutorService timer;

  /// Whether the daemon is well; may take as long as it is told.
  @FunctionalInterface
  interface Check {
    boolean passes(Duration limit);
  }

  private Watchdog(SystemdNotify systemd, Check check, Duration interval) {
    this.systemd = systemd;
    this.check = check;
    // Two checks fit into the time systemd waits, so that one that fails is not the end.
    this.limit = interval.dividedBy(4);
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("watchdog").daemon(true).factory());
    long millis = Math.max(1, limit.toMillis());
    var _ = timer.scheduleWithFixedDelay(this::look, 0, millis, TimeUnit.MILLISECONDS);
  }

  /// Begins, if systemd has asked for it.
  static Optional<Watchdog> start(
      Map<String, String> environment, SystemdNotify systemd, Check check) {
    return interval(environment, ProcessHandle.current().pid())
        .map(interval -> new Watchdog(systemd, check, interval));
  }

  /// How long systemd waits for a sign of life of process `pid` (`sd_watchdog_enabled(3)`).
  static Optional<Duration> interval(Map<String, String> environment, long pid) {
    String wanted = environment.getOrDefault("WATCHDOG_PID", "");
    if (!wanted.isEmpty() && !wanted.equals(Long.toString(pid))) {
      return Optional.empty();
    }
    try {
      long micros = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
      return micros > 0
          ? Optional.of(Duration.ofNanos(Math.multiplyExact(micros, 1_000L)))
          : Optional.empty();
    } catch (NumberFormatException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private void look() {
    try {
      if (check.passes(limit)) {
        systemd.send("WATCHDOG=1");
      } else {
        LOG.atWarn()
            .addKeyValue("limitMillis", limit.toMillis())
            .log("the daemon did not answer itself; systemd restarts it if it stays so");
      }
    } catch (IOException | RuntimeException e) {
      LOG.atWarn().setCause(e).log("systemd could not be told that the daemon is well");
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
