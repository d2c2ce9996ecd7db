package io.thaw.daemon.fetch;

/// Configurations for tests of what is not configurable alone.
public final class FetchConfigs {
  private FetchConfigs() {}

  /// The defaults, but nothing is fetched that nobody asked for: tests that count requests or
  /// spans see those of their own reads only.
  public static FetchConfig withoutReadAhead() {
    FetchConfig c = FetchConfig.defaults();
    return new FetchConfig(
        c.demandRequests(),
        c.fillRequests(),
        c.aheadRequests(),
        c.demandRangeBytes(),
        c.fillRangeBytes(),
        c.memoryBytes(),
        c.spoolThresholdBytes(),
        c.decodeThreads(),
        0,
        c.demandTimeout(),
        c.backoffInitial(),
        c.backoffMax(),
        c.corruptAttempts(),
        c.corruptRetryAfter(),
        c.fillQuiet(),
        c.stallTimeout());
  }
}
