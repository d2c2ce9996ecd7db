package io.thaw.daemon.control;

import io.thaw.daemon.layer.LayerState;
import io.thaw.registry.Digest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// How fast layers fill, smoothed over a few seconds. Sampled by one thread, read by many.
public final class FillRates {
  /// How long a change takes to show: short enough to be true, long enough to be read.
  private static final double SMOOTHING_SECONDS = 5;

  private final LongSupplier nanoTime;
  private final Map<Digest, Rate> layers = new ConcurrentHashMap<>();
  private final Rate total;

  /// One number that grows.
  private static final class Rate {
    private long bytes;
    private long nanos;
    private volatile double bytesPerSecond;

    Rate(long bytes, long nanos) {
      this.bytes = bytes;
      this.nanos = nanos;
    }

    void sample(long nowBytes, long nowNanos) {
      double seconds = (nowNanos - nanos) / 1e9;
      if (seconds <= 0) {
        return;
      }
      double speed = Math.max(0, nowBytes - bytes) / seconds;
      double weight = 1 - Math.exp(-seconds / SMOOTHING_SECONDS);
      double before = bytesPerSecond;
      bytesPerSecond = before + weight * (speed - before);
      bytes = nowBytes;
      nanos = nowNanos;
    }
  }

  /// Rates by this clock of nanoseconds.
  public FillRates(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.total = new Rate(0, nanoTime.getAsLong());
  }

  /// Takes a sample; to be called about once a second, by one thread at a time.
  ///
  /// @param fetchedBytes of all layers, since the daemon started
  public void sample(List<LayerState> states, long fetchedBytes) {
    long now = nanoTime.getAsLong();
    total.sample(fetchedBytes, now);
    Set<Digest> filling =
        states.stream()
            .filter(state -> !state.settled())
            .map(state -> state.blob().digest())
            .collect(Collectors.toSet());
    layers.keySet().retainAll(filling);
    for (LayerState state : states) {
      if (!state.settled()) {
        long present = state.progress().bytesPresent();
        layers
            .computeIfAbsent(state.blob().digest(), _ -> new Rate(present, now))
            .sample(present, now);
      }
    }
  }

  /// Bytes a second of one layer; 0 if it does not fill.
  long bytesPerSecond(Digest layer) {
    Rate rate = layers.get(layer);
    return rate == null ? 0 : Math.round(rate.bytesPerSecond);
  }

  /// Bytes a second of all.
  long bytesPerSecond() {
    return Math.round(total.bytesPerSecond);
  }

  /// Milliseconds until the layer is complete at this speed; -1 if that cannot be told.
  long etaMillis(LayerState state) {
    long missing = state.progress().bytes() - state.progress().bytesPresent();
    long speed = bytesPerSecond(state.blob().digest());
    if (state.settled() || missing <= 0) {
      return 0;
    }
    return speed <= 0 ? -1 : Math.round(missing * 1000.0 / speed);
  }
}
