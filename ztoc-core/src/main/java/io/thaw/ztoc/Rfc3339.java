package io.thaw.ztoc;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;

/// Times as a zTOC has them: Go's RFC3339Nano, in UTC when we write them.
final class Rfc3339 {
  private static final long FIRST_SECOND = -62167219200L; // year 0
  private static final long LAST_SECOND = 253402300799L; // year 9999

  private Rfc3339() {}

  /// Returns no bytes for years that have no four digits, as SOCI does.
  static byte[] format(long seconds, int nanos) {
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND) {
      return new byte[0];
    }
    LocalDateTime time = LocalDateTime.ofEpochSecond(seconds, nanos, ZoneOffset.UTC);
    byte[] text = new byte[30];
    digits(text, 0, 4, time.getYear());
    text[4] = '-';
    digits(text, 5, 2, time.getMonthValue());
    text[7] = '-';
    digits(text, 8, 2, time.getDayOfMonth());
    text[10] = 'T';
    digits(text, 11, 2, time.getHour());
    text[13] = ':';
    digits(text, 14, 2, time.getMinute());
    text[16] = ':';
    digits(text, 17, 2, time.getSecond());
    int end = 19;
    if (nanos != 0) {
      text[19] = '.';
      digits(text, 20, 9, nanos);
      end = 29;
      while (text[end - 1] == '0') {
        end--;
      }
    }
    text[end++] = 'Z';
    return Arrays.copyOf(text, end);
  }

  private static void digits(byte[] dst, int offset, int count, int value) {
    int rest = value;
    for (int i = offset + count - 1; i >= offset; i--) {
      dst[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  /// Reads a time with any offset from UTC; no bytes at all stand for 1970.
  ///
  /// @throws DateTimeException if the bytes are no such time
  static Instant parse(byte[] text) {
    if (text.length == 0) {
      return Instant.EPOCH;
    }
    if (text.length > 40) {
      throw new DateTimeException("a time of " + text.length + " bytes");
    }
    return OffsetDateTime.parse(new String(text, StandardCharsets.ISO_8859_1)).toInstant();
  }
}
