package io.thaw.daemon.fetch;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/// Plain totals since the daemon started. Reads are cheap and never block a fetch.
public final class FetchCounters implements FetchEvents {
  /// The counters of one kind of wish.
  private record OfKind(
      LongAdder spans,
      LongAdder bytes,
      LongAdder requests,
      LongAdder failures,
      LongAdder storeNanos) {}

  private final Map<FetchKind, OfKind> kinds = new EnumMap<>(FetchKind.class);
  private final LongAdder mismatches = new LongAdder();
  private final LongAdder waits = new LongAdder();
  private final LongAdder failedWaits = new LongAdder();
  private final LongAdder waitNanos = new LongAdder();

  public FetchCounters() {
    for (FetchKind kind : FetchKind.values()) {
      kinds.put(
          kind,
          new OfKind(
              new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()));
    }
  }

  private OfKind of(FetchKind kind) {
    return Objects.requireNonNull(kinds.get(kind));
  }

  @Override
  public void spanStored(FetchKind kind, long compressedBytes, Duration elapsed) {
    of(kind).spans.increment();
    of(kind).bytes.add(compressedBytes);
    of(kind).storeNanos.add(elapsed.toNanos());
  }

  @Override
  public void rangeRequested(FetchKind kind, long rangeBytes) {
    of(kind).requests.increment();
  }

  @Override
  public void transferFailed(FetchKind kind) {
    of(kind).failures.increment();
  }

  @Override
  public void digestMismatch() {
    mismatches.increment();
  }

  @Override
  public void demandWaited(Duration elapsed, boolean served) {
    waits.increment();
    waitNanos.add(elapsed.toNanos());
    if (!served) {
      failedWaits.increment();
    }
  }

  /// Spans stored for this kind of wish.
  public long spansStored(FetchKind kind) {
    return of(kind).spans.sum();
  }

  /// Compressed bytes of those spans.
  public long bytesFetched(FetchKind kind) {
    return of(kind).bytes.sum();
  }

  /// Compressed bytes of all spans stored.
  public long bytesFetched() {
    long sum = 0;
    for (OfKind kind : kinds.values()) {
      sum += kind.bytes.sum();
    }
    return sum;
  }

  /// Range requests sent.
  public long rangesRequested(FetchKind kind) {
    return of(kind).requests.sum();
  }

  /// Transfers that broke.
  public long transfersFailed(FetchKind kind) {
    return of(kind).failures.sum();
  }

  /// Sum over stored spans of the time from asking to stored.
  public long storeNanos(FetchKind kind) {
    return of(kind).storeNanos.sum();
  }

  /// Spans whose bytes were not the promised ones.
  public long digestMismatches() {
    return mismatches.sum();
  }

  /// Reads that had to wait for a span.
  public long demandWaits() {
    return waits.sum();
  }

  /// Reads that waited in vain.
  public long failedDemandWaits() {
    return failedWaits.sum();
  }

  /// Sum of all those waits.
  public long demandWaitNanos() {
    return waitNanos.sum();
  }
}
