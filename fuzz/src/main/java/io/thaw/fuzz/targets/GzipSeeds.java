package io.thaw.fuzz.targets;

import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;

/// Streams with every kind of block, header and member.
final class GzipSeeds {
  private static final byte WRAP = 1;
  private static final byte SLOW = 2;
  private static final byte SMALL_SPANS = 4;

  private GzipSeeds() {}

  static Map<String, byte[]> forInflate() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    byte[] words = words(3000);
    byte[] noise = new byte[600];
    new Random(1).nextBytes(noise);
    for (int level : new int[] {0, 1, 6, 9}) {
      byte[] deflated = deflate(words, level, Deflater.DEFAULT_STRATEGY, Deflater.NO_FLUSH);
      seeds.put("deflate-" + level, input(WRAP, deflated));
    }
    byte[] huffman = deflate(words, 6, Deflater.HUFFMAN_ONLY, Deflater.NO_FLUSH);
    seeds.put("deflate-huffman-only", input(WRAP, huffman));
    seeds.put("deflate-noise", input(WRAP, deflate(noise, 6, 0, Deflater.NO_FLUSH)));
    seeds.put("deflate-zeros", input(WRAP, deflate(new byte[300_000], 9, 0, Deflater.NO_FLUSH)));
    seeds.put("deflate-sync-flush", input(WRAP, deflate(words, 6, 0, Deflater.SYNC_FLUSH)));
    seeds.put(
        "deflate-full-flush-slow", input(SLOW | WRAP, deflate(words, 6, 0, Deflater.FULL_FLUSH)));
    seeds.put("deflate-fixed-empty", input(WRAP, Seeds.bytes(3, 0)));
    seeds.put("deflate-stored-empty", input(WRAP, Seeds.bytes(1, 0, 0, 0xff, 0xff)));
    byte[] one = ReferenceGzip.wrap(deflate(words, 6, 0, Deflater.NO_FLUSH), 1 << 20);
    byte[] empty = ReferenceGzip.wrap(Seeds.bytes(3, 0), 1 << 20);
    seeds.put("gzip", input(0, one));
    seeds.put("gzip-members", input(0, Seeds.concat(one, empty, one)));
    seeds.put("gzip-empty-first", input(0, Seeds.concat(empty, one)));
    seeds.put("gzip-garbage-behind", input(0, Seeds.concat(one, new byte[8])));
    byte[] named =
        Seeds.bytes(0x1f, 0x8b, 8, 0x1c, 0, 0, 0, 0, 0, 3, 2, 0, 'e', 'x', 'n', 0, 'c', 0);
    byte[] body = new byte[empty.length - 10];
    System.arraycopy(empty, 10, body, 0, body.length);
    seeds.put("gzip-name-comment-extra", input(0, Seeds.concat(named, body)));
    seeds.put("zlib", input(0, zlib(words)));
    seeds.put("zlib-and-gzip", input(0, Seeds.concat(zlib(words), one)));
    return seeds;
  }

  static byte[] words(int length) {
    Random random = new Random(length);
    byte[] words = new byte[length];
    for (int i = 0; i < length; i++) {
      words[i] =
          (byte) (random.nextInt(9) == 0 ? random.nextInt(256) : "lorem ipsum ".charAt(i % 12));
    }
    return words;
  }

  static byte[] deflate(byte[] data, int level, int strategy, int flush) {
    Deflater deflater = new Deflater(level, true);
    deflater.setStrategy(strategy);
    return run(deflater, data, flush);
  }

  private static byte[] zlib(byte[] data) {
    return run(new Deflater(), data, Deflater.NO_FLUSH);
  }

  private static byte[] run(Deflater deflater, byte[] data, int flush) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 << 10];
    int piece = flush == Deflater.NO_FLUSH ? data.length : 500;
    for (int from = 0; from < data.length; from += piece) {
      deflater.setInput(data, from, Math.min(piece, data.length - from));
      out.write(buffer, 0, deflater.deflate(buffer, 0, buffer.length, flush));
    }
    deflater.finish();
    while (!deflater.finished()) {
      out.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    return out.toByteArray();
  }

  private static byte[] input(int choices, byte[] stream) {
    return Seeds.concat(Seeds.bytes(choices, SMALL_SPANS), stream);
  }
}
