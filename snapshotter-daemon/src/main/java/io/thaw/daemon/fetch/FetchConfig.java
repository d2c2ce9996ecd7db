package io.thaw.daemon.fetch;

import java.time.Duration;

/// How the scheduler goes about its work.
///
/// @param demandRequests range requests for waiting readers at a time
/// @param fillRequests range requests for the background fill at a time, over all layers
/// @param aheadRequests range requests at a time for what readers are expected to want, over all
///     layers
/// @param demandRangeBytes largest range requested for a reader that wishes for several
///     neighbouring spans
/// @param fillRangeBytes largest range requested by the background fill
/// @param memoryBytes most compressed bytes held in memory at a time
/// @param spoolThresholdBytes a span with more compressed bytes goes through a temporary file; at
///     most a quarter of `memoryBytes`
/// @param decodeThreads threads that verify, inflate and write
/// @param readAheadSpans most spans fetched ahead of a reader that reads one span after the other;
///     0 turns it off
/// @param demandTimeout how long a read waits for its bytes before it fails
/// @param backoffInitial wait after the first failed transfer; doubles with each further one
/// @param backoffMax largest such wait
/// @param corruptAttempts how often a span is fetched before its wrong digest is believed
/// @param corruptRetryAfter how long reads of such a span fail at once before it is fetched again
/// @param fillQuiet how long no reader must have waited before the background fill goes on
/// @param stallTimeout a transfer that brings no byte for so long is broken off
public record FetchConfig(
    int demandRequests,
    int fillRequests,
    int aheadRequests,
    long demandRangeBytes,
    long fillRangeBytes,
    long memoryBytes,
    long spoolThresholdBytes,
    int decodeThreads,
    int readAheadSpans,
    Duration demandTimeout,
    Duration backoffInitial,
    Duration backoffMax,
    int corruptAttempts,
    Duration corruptRetryAfter,
    Duration fillQuiet,
    Duration stallTimeout) {

  private static final long MIB = 1 << 20;

  public FetchConfig {
    positive("demandRequests", demandRequests);
    positive("aheadRequests", aheadRequests);
    positive("demandRangeBytes", demandRangeBytes);
    positive("fillRangeBytes", fillRangeBytes);
    positive("spoolThresholdBytes", spoolThresholdBytes);
    positive("decodeThreads", decodeThreads);
    positive("corruptAttempts", corruptAttempts);
    positive("demandTimeout", demandTimeout.toNanos());
    positive("backoffInitial", backoffInitial.toNanos());
    positive("stallTimeout", stallTimeout.toNanos());
    if (spoolThresholdBytes > memoryBytes / 4 || spoolThresholdBytes > (1 << 30)) {
      throw new IllegalArgumentException(
          "spoolThresholdBytes is "
              + spoolThresholdBytes
              + " but may be at most a quarter of memoryBytes ("
              + memoryBytes
              + ") and 1 GiB");
    }
    if (fillRequests < 0 || readAheadSpans < 0) {
      throw new IllegalArgumentException(
          "fillRequests ("
              + fillRequests
              + ") and readAheadSpans ("
              + readAheadSpans
              + ") must not be negative");
    }
  }

  private static void positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + " but must be positive");
    }
  }

  /// What a host gets that configures nothing.
  public static FetchConfig defaults() {
    return new FetchConfig(
        32,
        3,
        4,
        8 * MIB,
        16 * MIB,
        64 * MIB,
        16 * MIB,
        Math.max(2, Runtime.getRuntime().availableProcessors()),
        2,
        Duration.ofMinutes(5),
        Duration.ofMillis(100),
        Duration.ofSeconds(10),
        3,
        Duration.ofSeconds(30),
        Duration.ofSeconds(3),
        Duration.ofSeconds(30));
  }
}
