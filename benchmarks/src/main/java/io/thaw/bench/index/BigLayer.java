package io.thaw.bench.index;

import io.thaw.bench.BenchLayer;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// Layers of 2 GB, the same on every machine, made once.
///
/// @param file the layer, gzip
/// @param uncompressedBytes the length of its tar
/// @param entries of its tar
record BigLayer(Path file, long uncompressedBytes, int entries) {
  private static final int BLOCK = 512;
  private static final int SEED = 20_260_101;
  private static final int MANY = 2_000_000;
  private static final int FILES_PER_DIRECTORY = 200;
  private static final int PIECE = 4 << 20;
  private static final int PIECES = 512;

  /// One file of 2 GiB, a piece of text again and again: every part of it costs the same.
  static BigLayer ofOneFile() throws IOException {
    Path file = BenchLayer.cache().resolve("one-file.tar.gz");
    if (!Files.exists(file)) {
      make(file, BigLayer::writeOneFile);
    }
    return new BigLayer(file, (long) PIECE * PIECES + 3 * BLOCK, 1);
  }

  /// Two million small files.
  static BigLayer ofManyFiles() throws IOException {
    Path file = BenchLayer.cache().resolve("many-files.tar.gz");
    if (!Files.exists(file)) {
      make(file, BigLayer::writeManyFiles);
    }
    return new BigLayer(file, 2L * BLOCK * MANY + 2 * BLOCK, MANY);
  }

  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private static void make(Path file, Content content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 16)) {
      content.writeTo(out);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /// The piece is deflated once; after a full flush its bytes do not depend on where they stand.
  private static void writeOneFile(OutputStream out) throws IOException {
    byte[] header = header("model.bin", (long) PIECE * PIECES);
    byte[] piece = text(PIECE);
    byte[] end = new byte[2 * BLOCK];
    CRC32 crc = new CRC32();
    try (Deflater deflater = new Deflater(6, true)) {
      out.write(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
      out.write(deflate(deflater, header, Deflater.FULL_FLUSH));
      crc.update(header);
      byte[] deflated = deflate(deflater, piece, Deflater.FULL_FLUSH);
      for (int i = 0; i < PIECES; i++) {
        out.write(deflated);
        crc.update(piece);
      }
      deflater.setInput(end);
      deflater.finish();
      out.write(deflate(deflater, end, Deflater.NO_FLUSH));
      crc.update(end);
    }
    int size = (int) (header.length + (long) PIECE * PIECES + end.length);
    out.write(
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) crc.getValue())
            .putInt(size)
            .array());
  }

  private static byte[] deflate(Deflater deflater, byte[] bytes, int flush) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 16];
    deflater.setInput(bytes);
    int count;
    do {
      count = deflater.deflate(buffer, 0, buffer.length, flush);
      out.write(buffer, 0, count);
    } while (count == buffer.length);
    return out.toByteArray();
  }

  private static void writeManyFiles(OutputStream out) throws IOException {
    byte[] text = text(1 << 20);
    Random random = new Random(SEED);
    byte[] data = new byte[BLOCK];
    try (FastGzip gzip = new FastGzip(out)) {
      for (int i = 0; i < MANY; i++) {
        String name =
            String.format(
                Locale.ROOT,
                "srv/app/node_modules/package-%05d/lib/module-%07d.js",
                i / FILES_PER_DIRECTORY,
                i);
        int size = 1 + random.nextInt(BLOCK);
        gzip.write(header(name, size));
        Arrays.fill(data, (byte) 0);
        System.arraycopy(text, random.nextInt(text.length - BLOCK), data, 0, size);
        gzip.write(data);
      }
      gzip.write(new byte[2 * BLOCK]);
    }
  }

  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /// Words of a small vocabulary: it deflates to about a third, as programs and libraries do.
  private static byte[] text(int length) {
    Random random = new Random(SEED);
    byte[][] words = new byte[3000][];
    for (int i = 0; i < words.length; i++) {
      words[i] = new byte[2 + random.nextInt(12)];
      random.nextBytes(words[i]);
    }
    byte[] text = new byte[length];
    int at = 0;
    while (at < length) {
      byte[] word = words[(int) Math.abs(random.nextGaussian() * 700) % words.length];
      int count = Math.min(word.length, length - at);
      System.arraycopy(word, 0, text, at, count);
      at += count;
    }
    return text;
  }

  private static byte[] header(String name, long size) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name);
    put(block, 100, "0000644\0");
    put(block, 108, "0000000\0");
    put(block, 116, "0000000\0");
    put(block, 124, octal(size, 11));
    put(block, 136, "14371573000\0");
    put(block, 148, "        0");
    put(block, 257, "ustar\00000");
    put(block, 265, "root");
    put(block, 297, "root");
    int sum = 0;
    for (byte value : block) {
      sum += value & 0xff;
    }
    put(block, 148, octal(sum, 6) + "\0 ");
    return block;
  }

  private static String octal(long value, int digits) {
    String text = Long.toOctalString(value);
    return "0".repeat(digits - text.length()) + text;
  }

  private static void put(byte[] block, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }
}
