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
    if (isPlainUtc(text)) {
      return plainUtc(text);
    }
    return OffsetDateTime.parse(new String(text, StandardCharsets.ISO_8859_1)).toInstant();
  }

  /// Whether the text is `YYYY-MM-DDThh:mm:ss[.fraction]Z`, as nearly every time of a zTOC is. The
  /// general parser is slow until it is compiled, and a layer is opened while somebody waits.
  private static boolean isPlainUtc(byte[] text) {
    int end = text.length - 1;
    if (end < 19 || end > 29 || end == 20 || text[end] != 'Z' || (end > 19 && text[19] != '.')) {
      return false;
    }
    for (int i = 0; i < end; i++) {
      int separator =
          switch (i) {
            case 4, 7 -> '-';
            case 10 -> 'T';
            case 13, 16 -> ':';
            case 19 -> '.';
            default -> 0;
          };
      boolean digit = text[i] >= '0' && text[i] <= '9';
      if (separator == 0 ? !digit : text[i] != separator) {
        return false;
      }
    }
    return true;
  }

  private static Instant plainUtc(byte[] text) {
    LocalDateTime time =
        LocalDateTime.of(
            number(text, 0, 4),
            number(text, 5, 7),
            number(text, 8, 10),
            number(text, 11, 13),
            number(text, 14, 16),
            number(text, 17, 19));
    int nanos = 0;
    for (int i = 20; i < 29; i++) {
      nanos = nanos * 10 + (i < text.length - 1 ? text[i] - '0' : 0);
    }
    return Instant.ofEpochSecond(time.toEpochSecond(ZoneOffset.UTC), nanos);
  }

  private static int number(byte[] text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) {
      value = value * 10 + text[i] - '0';
    }
    return value;
  }
}
