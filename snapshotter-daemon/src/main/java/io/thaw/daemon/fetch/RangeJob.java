package io.thaw.daemon.fetch;

import java.util.List;

/// Neighbouring spans that are to come with one range request. Spans may be taken off it by a more
/// urgent job until their bytes begin to arrive.
final class RangeJob {
  private final LayerFetches layer;
  private final FetchKind kind;
  private final List<SpanFlight> flights;

  /// Transfers that failed in a row; touched only by the thread that runs the job.
  int failures;

  /// Whether spans of it are being requested; guarded by the lock of the layer's fetches.
  boolean underWay;

  RangeJob(LayerFetches layer, FetchKind kind, List<SpanFlight> flights) {
    this.layer = layer;
    this.kind = kind;
    this.flights = List.copyOf(flights);
  }

  LayerFetches layer() {
    return layer;
  }

  FetchKind kind() {
    return kind;
  }

  List<SpanFlight> flights() {
    return flights;
  }

  boolean demand() {
    return kind == FetchKind.DEMAND;
  }
}
