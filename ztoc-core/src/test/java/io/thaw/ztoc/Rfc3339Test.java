package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Rfc3339Test {

  private static Instant parse(String text) {
    return Rfc3339.parse(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String format(long seconds, int nanos) {
    return new String(Rfc3339.format(seconds, nanos), StandardCharsets.US_ASCII);
  }

  @Test
  void writesAsFewDigitsAsNeeded() {
    assertThat(format(0, 0)).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(format(1_700_000_000, 120_000_000)).isEqualTo("2023-11-14T22:13:20.12Z");
    assertThat(format(-1, 1)).isEqualTo("1969-12-31T23:59:59.000000001Z");
    assertThat(format(-62167219200L, 0)).isEqualTo("0000-01-01T00:00:00Z");
    assertThat(format(253402300800L, 0)).isEmpty();
    assertThat(format(Long.MIN_VALUE, 0)).isEmpty();
  }

  @Test
  void readsWhatItWrites() {
    Random random = new Random(8);
    for (int i = 0; i < 5000; i++) {
      long seconds = random.nextLong(-62167219200L, 253402300800L);
      int nanos = random.nextInt(1_000_000_000) / (int) Math.pow(10, random.nextInt(9));
      assertThat(parse(format(seconds, nanos))).isEqualTo(Instant.ofEpochSecond(seconds, nanos));
    }
  }

  @Test
  void readsOtherTimeZonesAndNothing() {
    assertThat(parse("2023-11-14T23:13:20.5+01:00"))
        .isEqualTo(Instant.ofEpochSecond(1_700_000_000, 500_000_000));
    assertThat(parse("")).isEqualTo(Instant.EPOCH);
  }

  @Test
  void refusesWhatIsNoTime() {
    for (String text :
        new String[] {
          "x", "2023-13-14T22:13:20Z", "2023-02-30T22:13:20Z", "2023-11-14T22:13:2xZ"
        }) {
      assertThatThrownBy(() -> parse(text)).isInstanceOf(DateTimeException.class);
    }
  }
}
