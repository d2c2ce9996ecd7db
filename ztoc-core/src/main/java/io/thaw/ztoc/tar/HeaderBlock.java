package io.thaw.ztoc.tar;

import java.util.Arrays;
import java.util.OptionalLong;

/// One header block of 512 bytes, with the liberties Go's archive/tar takes in reading fields.
final class HeaderBlock {
  static final int BYTES = 512;

  /// Which fields follow the first 257 bytes.
  enum Format {
    /// The checksum does not fit: no header at all.
    NONE,
    V7,
    USTAR,
    STAR,
    GNU
  }

  final byte[] bytes = new byte[BYTES];

  boolean isZero() {
    for (byte value : bytes) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  Format format() {
    OptionalLong written = octal(148, 8);
    if (written.isEmpty()) {
      return Format.NONE;
    }
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BYTES; i++) {
      byte value = i >= 148 && i < 156 ? (byte) ' ' : bytes[i];
      unsigned += value & 0xff;
      signed += value;
    }
    if (written.getAsLong() != unsigned && written.getAsLong() != signed) {
      return Format.NONE;
    }
    if (holds(257, "ustar\0")) {
      return holds(508, "tar\0") ? Format.STAR : Format.USTAR;
    }
    return holds(257, "ustar  \0") ? Format.GNU : Format.V7;
  }

  private boolean holds(int offset, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (bytes[offset + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /// The bytes of a field up to its first NUL.
  byte[] text(int offset, int length) {
    return untilNul(bytes, offset, length);
  }

  static byte[] untilNul(byte[] src, int offset, int length) {
    int end = offset;
    while (end < offset + length && src[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(src, offset, end);
  }

  /// An octal number, or a binary one if the first bit is set; empty if it is neither.
  OptionalLong number(int offset, int length) {
    if (bytes[offset] >= 0) {
      return octal(offset, length);
    }
    // Two's complement over all bits but the first; all bytes above the last eight repeat the sign.
    int inverse = (bytes[offset] & 0x40) != 0 ? 0xff : 0;
    long value = 0;
    for (int i = 0; i < length; i++) {
      int digit = (bytes[offset + i] & 0xff) ^ inverse;
      if (i == 0) {
        digit &= 0x7f;
      }
      if ((value >>> 56) != 0) {
        return OptionalLong.empty();
      }
      value = (value << 8) | digit;
    }
    if (value < 0) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(inverse != 0 ? ~value : value);
  }

  private OptionalLong octal(int offset, int length) {
    int from = offset;
    int to = offset + length;
    while (from < to && isFiller(bytes[from])) {
      from++;
    }
    while (to > from && isFiller(bytes[to - 1])) {
      to--;
    }
    long value = 0;
    for (int i = from; i < to && bytes[i] != 0; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 7 || (value >>> 60) != 0) {
        return OptionalLong.empty();
      }
      value = (value << 3) | digit;
    }
    return OptionalLong.of(value);
  }

  private static boolean isFiller(byte value) {
    return value == ' ' || value == 0;
  }
}
