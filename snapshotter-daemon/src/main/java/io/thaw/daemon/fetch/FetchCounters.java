package io.thaw.daemon.fetch;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/// Plain totals since the daemon started. Reads are cheap and never block a fetch.
public final class FetchCounters implements FetchEvents {
  private static final int KINDS = FetchKind.values().length;

  private final LongAdder[] spans = adders();
  private final LongAdder[] bytes = adders();
  private final LongAdder[] requests = adders();
  private final LongAdder[] failures = adders();
  private final LongAdder[] storeNanos = adders();
  private final LongAdder mismatches = new LongAdder();
  private final LongAdder waits = new LongAdder();
  private final LongAdder failedWaits = new LongAdder();
  private final LongAdder waitNanos = new LongAdder();

  private static LongAdder[] adders() {
    LongAdder[] adders = new LongAdder[KINDS];
    for (int i = 0; i < KINDS; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  @Override
  public void spanStored(FetchKind kind, long compressedBytes, Duration elapsed) {
    spans[kind.ordinal()].increment();
    bytes[kind.ordinal()].add(compressedBytes);
    storeNanos[kind.ordinal()].add(elapsed.toNanos());
  }

  @Override
  public void rangeRequested(FetchKind kind, long rangeBytes) {
    requests[kind.ordinal()].increment();
  }

  @Override
  public void transferFailed(FetchKind kind) {
    failures[kind.ordinal()].increment();
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
    return spans[kind.ordinal()].sum();
  }

  /// Compressed bytes of those spans.
  public long bytesFetched(FetchKind kind) {
    return bytes[kind.ordinal()].sum();
  }

  /// Compressed bytes of all spans stored.
  public long bytesFetched() {
    long sum = 0;
    for (LongAdder adder : bytes) {
      sum += adder.sum();
    }
    return sum;
  }

  /// Range requests sent.
  public long rangesRequested(FetchKind kind) {
    return requests[kind.ordinal()].sum();
  }

  /// Transfers that broke.
  public long transfersFailed(FetchKind kind) {
    return failures[kind.ordinal()].sum();
  }

  /// Sum over stored spans of the time from asking to stored.
  public long storeNanos(FetchKind kind) {
    return storeNanos[kind.ordinal()].sum();
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
