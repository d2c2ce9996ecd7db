package io.thaw.it.net;

import java.time.Duration;

/// How fast and how far away a link is.
///
/// @param megabitsPerSecond rate of each direction; 0 for as fast as the machine is
/// @param roundTripMillis time there and back
public record LinkRate(int megabitsPerSecond, int roundTripMillis) {
  private static final int MAX_MEGABITS = 100_000;
  private static final int MAX_MILLIS = 10_000;

  public LinkRate {
    if (megabitsPerSecond < 0 || megabitsPerSecond > MAX_MEGABITS) {
      throw new IllegalArgumentException(
          "A link has 0 (no limit) to " + MAX_MEGABITS + " Mbit/s, not " + megabitsPerSecond);
    }
    if (roundTripMillis < 0 || roundTripMillis > MAX_MILLIS) {
      throw new IllegalArgumentException(
          "A round trip takes 0 to " + MAX_MILLIS + " ms, not " + roundTripMillis);
    }
  }

  /// Reads `RATE_MBIT/RTT_MS`, for example `200/10`.
  public static LinkRate parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2) {
      throw new IllegalArgumentException(
          "A link is RATE_MBIT/RTT_MS, for example 200/10, not " + text);
    }
    try {
      return new LinkRate(Integer.parseInt(parts[0].strip()), Integer.parseInt(parts[1].strip()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "A link is RATE_MBIT/RTT_MS in whole numbers, for example 200/10, not " + text, e);
    }
  }

  double nanosPerByte() {
    return megabitsPerSecond == 0 ? 0 : 8_000.0 / megabitsPerSecond;
  }

  /// Whether there is nothing to shape.
  boolean isUnlimited() {
    return megabitsPerSecond == 0 && roundTripMillis == 0;
  }

  Duration oneWay() {
    return Duration.ofNanos(roundTripMillis * 500_000L);
  }

  @Override
  public String toString() {
    return (megabitsPerSecond == 0 ? "unlimited rate" : megabitsPerSecond + " Mbit/s")
        + ", "
        + roundTripMillis
        + " ms round trip";
  }
}
