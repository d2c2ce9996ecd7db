package io.thaw.registry.hosts;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Durations as Go's programs write them: `300ms`, `1m30s`, `1.5h`.
public final class GoDurations {

  private static final int MAX_LENGTH = 40;
  private static final Pattern PART =
      Pattern.compile("([0-9]{1,10}(?:\\.[0-9]{1,9})?)(ns|us|µs|ms|s|m|h)");

  private GoDurations() {}

  /// The duration, or null if the text is none.
  public static @Nullable Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return null;
    }
    Duration sum = Duration.ZERO;
    Matcher matcher = PART.matcher(text);
    int end = 0;
    while (end < text.length()) {
      if (!matcher.find(end) || matcher.start() != end) {
        return null;
      }
      BigDecimal nanos = new BigDecimal(matcher.group(1)).multiply(unitNanos(matcher.group(2)));
      BigDecimal[] seconds = nanos.divideAndRemainder(BigDecimal.valueOf(1_000_000_000L));
      sum = sum.plusSeconds(seconds[0].longValue()).plusNanos(seconds[1].longValue());
      end = matcher.end();
    }
    return sum;
  }

  private static BigDecimal unitNanos(String unit) {
    return BigDecimal.valueOf(
        switch (unit) {
          case "ns" -> 1L;
          case "us", "µs" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          case "m" -> 60_000_000_000L;
          default -> 3_600_000_000_000L;
        });
  }
}
