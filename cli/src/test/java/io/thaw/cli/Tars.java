package io.thaw.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/// Tars made by hand, for what no tool makes.
final class Tars {
  static final byte[] END = new byte[1024];

  private Tars() {}

  /// A ustar header; a character of `name` is a byte.
  static byte[] header(String name, char type, long sizeBytes) {
    byte[] block = new byte[512];
    put(block, 0, name);
    put(block, 100, "0000644\0");
    put(block, 108, "0000000\0");
    put(block, 116, "0000000\0");
    if (sizeBytes < 1L << 33) {
      put(block, 124, String.format(Locale.ROOT, "%011o\0", sizeBytes));
    } else {
      block[124] = (byte) 0x80;
      for (int i = 0; i < 8; i++) {
        block[135 - i] = (byte) (sizeBytes >>> (8 * i));
      }
    }
    put(block, 136, "14371573000\0");
    block[156] = (byte) type;
    put(block, 257, "ustar\00000");
    put(block, 148, "        ");
    int sum = 0;
    for (byte value : block) {
      sum += value & 0xff;
    }
    put(block, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
    return block;
  }

  /// An entry with data, padded.
  static byte[] entry(String name, char type, String data) {
    byte[] bytes = data.getBytes(StandardCharsets.ISO_8859_1);
    return concat(header(name, type, bytes.length), bytes, new byte[-bytes.length & 511]);
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void put(byte[] block, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }
}
