package io.thaw.ztoc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Makes tars and gzip streams of many shapes.
final class Layers {
  private Layers() {}

  /// A tar of files, directories and links with contents that compress well, badly or not at all.
  static byte[] randomTar(Random random, int entries, int maxFileBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < entries; i++) {
      String name = "dir" + random.nextInt(7) + "/entry" + i;
      switch (random.nextInt(8)) {
        case 0 -> out.writeBytes(header(name + "/", '5', 0, ""));
        case 1 -> out.writeBytes(header(name, '2', 0, "target" + i));
        default -> {
          byte[] data = randomBytes(random, random.nextInt(maxFileBytes));
          out.writeBytes(header(name, '0', data.length, ""));
          out.writeBytes(data);
          out.writeBytes(new byte[-data.length & 511]);
        }
      }
    }
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  static byte[] randomBytes(Random random, int length) {
    byte[] data = new byte[length];
    switch (random.nextInt(4)) {
      case 0 -> random.nextBytes(data);
      case 1 -> {}
      case 2 -> {
        for (int i = 0; i < length; i++) {
          data[i] = (byte) "the quick brown fox\n".charAt(random.nextInt(20));
        }
      }
      default -> {
        for (int i = 0; i < length; i++) {
          int back = 1 + random.nextInt(1 + Math.min(i, 300));
          data[i] = i > back && random.nextInt(10) != 0 ? data[i - back] : (byte) random.nextInt();
        }
      }
    }
    return data;
  }

  static byte[] header(String name, char type, long size, String link) {
    byte[] block = new byte[512];
    put(block, 0, name);
    put(block, 100, "0000644\0");
    put(block, 108, "0001750\0");
    put(block, 116, "0001750\0");
    put(block, 124, String.format("%011o\0", size));
    put(block, 136, "14371573000\0");
    block[156] = (byte) type;
    put(block, 157, link);
    put(block, 257, "ustar\00000");
    put(block, 265, "user");
    put(block, 297, "group");
    return withChecksum(block);
  }

  static byte[] withChecksum(byte[] block) {
    put(block, 148, "        ");
    int sum = 0;
    for (byte value : block) {
      sum += value & 0xff;
    }
    put(block, 148, String.format("%06o\0 ", sum));
    return block;
  }

  static void put(byte[] block, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }

  /// One gzip member of all the flags that `headerFlags` has.
  static byte[] gzip(
      byte[] data, int offset, int length, int level, int strategy, int flush, int headerFlags) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(gzipHeader(headerFlags));
    Deflater deflater = new Deflater(level, true);
    deflater.setStrategy(strategy);
    byte[] buffer = new byte[8192];
    int piece = flush == Deflater.NO_FLUSH ? length : 40_000;
    for (int from = 0; from < length; from += piece) {
      deflater.setInput(data, offset + from, Math.min(piece, length - from));
      int count;
      do {
        count = deflater.deflate(buffer, 0, buffer.length, flush);
        out.write(buffer, 0, count);
      } while (count == buffer.length || !deflater.needsInput());
    }
    deflater.finish();
    while (!deflater.finished()) {
      out.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    CRC32 crc = new CRC32();
    crc.update(data, offset, length);
    out.writeBytes(
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) crc.getValue())
            .putInt(length)
            .array());
    return out.toByteArray();
  }

  static byte[] gzip(byte[] data) {
    return gzip(data, 0, data.length, 6, Deflater.DEFAULT_STRATEGY, Deflater.NO_FLUSH, 0);
  }

  private static byte[] gzipHeader(int flags) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, (byte) flags, 1, 2, 3, 4, 0, 3});
    if ((flags & 4) != 0) {
      out.writeBytes(new byte[] {5, 0, 'e', 'x', 't', 'r', 'a'});
    }
    if ((flags & 8) != 0) {
      out.writeBytes("name.tar\0".getBytes(StandardCharsets.ISO_8859_1));
    }
    if ((flags & 16) != 0) {
      out.writeBytes("a comment\0".getBytes(StandardCharsets.ISO_8859_1));
    }
    if ((flags & 2) != 0) {
      CRC32 crc = new CRC32();
      crc.update(out.toByteArray());
      out.write((int) crc.getValue());
      out.write((int) (crc.getValue() >>> 8));
    }
    return out.toByteArray();
  }

  /// The data cut into members at random places; some members may be empty, the first never.
  static byte[] randomGzip(Random random, byte[] data) {
    int[] strategies = {Deflater.DEFAULT_STRATEGY, Deflater.FILTERED, Deflater.HUFFMAN_ONLY};
    int[] flushes = {Deflater.NO_FLUSH, Deflater.SYNC_FLUSH, Deflater.FULL_FLUSH};
    int members = 1 + random.nextInt(4);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int from = 0;
    for (int member = 0; member < members; member++) {
      int to = data.length;
      if (member + 1 < members) {
        to = from + random.nextInt(data.length - from + 1);
        to = member == 0 ? Math.max(to, 1) : to;
      }
      out.writeBytes(
          gzip(
              data,
              from,
              to - from,
              random.nextInt(10),
              strategies[random.nextInt(strategies.length)],
              flushes[random.nextInt(flushes.length)],
              random.nextInt(32) & ~1));
      from = to;
    }
    return out.toByteArray();
  }
}
