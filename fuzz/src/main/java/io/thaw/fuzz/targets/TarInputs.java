package io.thaw.fuzz.targets;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// Helps a fuzzer past the checksums of tar headers.
final class TarInputs {
  private static final int BLOCK = 512;
  private static final byte[] MAGIC = "ustar".getBytes(StandardCharsets.US_ASCII);
  private static final int MAGIC_AT = 257;
  private static final int CHECKSUM = 148;
  private static final int CHECKSUM_BYTES = 8;

  private TarInputs() {}

  /// Writes the right checksum into every block that has the magic of a header.
  static void fixChecksums(byte[] tar) {
    for (int start = 0; start + BLOCK <= tar.length; start += BLOCK) {
      if (Arrays.equals(tar, start + MAGIC_AT, start + MAGIC_AT + 5, MAGIC, 0, 5)) {
        fixChecksum(tar, start);
      }
    }
  }

  static void fixChecksum(byte[] tar, int start) {
    int sum = CHECKSUM_BYTES * ' ';
    for (int i = 0; i < BLOCK; i++) {
      if (i < CHECKSUM || i >= CHECKSUM + CHECKSUM_BYTES) {
        sum += tar[start + i] & 0xff;
      }
    }
    byte[] text = String.format(Locale.ROOT, "%06o\0 ", sum).getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(text, 0, tar, start + CHECKSUM, CHECKSUM_BYTES);
  }
}
