package io.thaw.ztoc.inflate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What every engine does, with and without checkpoints to find.
abstract class InflaterTest {
  private static final long NO_LIMIT = Long.MAX_VALUE;
  private final Inflater inflater = new Inflater(engine());

  abstract Inflater.Engine engine();

  /// Which checkpoints are asked for while all of a stream is inflated.
  abstract long spanSize();

  private byte[] inflate(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    inflater.inflateAll(
        in,
        spanSize(),
        NO_LIMIT,
        (at, buffer, offset, length) -> out.write(buffer, offset, length));
    return out.toByteArray();
  }

  private byte[] inflate(byte[] stream) throws IOException {
    return inflate(new ByteArrayInputStream(stream));
  }

  private static byte[] text(int length) {
    Random random = new Random(9);
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : "lorem ".charAt(i % 6));
    }
    return data;
  }

  private static byte[] gzip(byte[] data) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(data);
    }
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  @Test
  void inflatesStreamsThatArriveByteByByte() throws IOException {
    byte[] data = text(300_000);
    InputStream slow =
        new FilterInputStream(new ByteArrayInputStream(gzip(data))) {
          @Override
          public int read(byte[] b, int off, int len) throws IOException {
            return super.read(b, off, Math.min(1, len));
          }
        };
    assertThat(Arrays.equals(inflate(slow), data)).isTrue();
  }

  @Test
  void aSourceThatReturnsNothingForeverIsAnError() throws IOException {
    byte[] stream = gzip(text(1000));
    InputStream stuck =
        new FilterInputStream(new ByteArrayInputStream(stream, 0, 200)) {
          @Override
          public int read(byte[] b, int off, int len) throws IOException {
            return Math.max(0, super.read(b, off, len));
          }
        };
    assertThatThrownBy(() -> inflate(stuck)).isInstanceOf(IOException.class);
  }

  @Test
  void everyTruncationIsAnErrorAtTheStreamsEnd() throws IOException {
    byte[] stream = concat(gzip(text(3000)), gzip(text(50)));
    int firstMember = gzip(text(3000)).length;
    for (int length = 0; length < stream.length; length++) {
      if (length == firstMember) {
        continue; // a whole member
      }
      byte[] cut = Arrays.copyOf(stream, length);
      int end = length;
      assertThatThrownBy(() -> inflate(cut))
          .as("cut to " + length)
          .isInstanceOfSatisfying(
              MalformedGzipException.class, e -> assertThat(e.offset()).isEqualTo(end));
    }
  }

  @Test
  void truncatedStoredBlocksAreErrors() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(out) {
          {
            def.setLevel(Deflater.NO_COMPRESSION);
          }
        }) {
      gzip.write(text(500));
    }
    byte[] stream = out.toByteArray();
    assertThat(inflate(stream)).isEqualTo(text(500));
    for (int length = 0; length < stream.length; length++) {
      byte[] cut = Arrays.copyOf(stream, length);
      assertThatThrownBy(() -> inflate(cut)).isInstanceOf(MalformedGzipException.class);
    }
  }

  @Test
  void anythingBehindTheStreamIsAnError() throws IOException {
    for (byte[] garbage : new byte[][] {{0}, {0, 0, 0, 0}, {'x', 'y', 'z'}, {0x1f}}) {
      byte[] stream = concat(gzip(text(100)), garbage);
      assertThatThrownBy(() -> inflate(stream)).isInstanceOf(MalformedGzipException.class);
    }
  }

  @Test
  void wrongChecksumsAndSizesAreErrors() throws IOException {
    byte[] stream = gzip(text(1000));
    byte[] badCrc = stream.clone();
    badCrc[stream.length - 8] ^= 1;
    assertThatThrownBy(() -> inflate(badCrc)).hasMessageContaining("checksum");
    byte[] badSize = stream.clone();
    badSize[stream.length - 1] ^= 1;
    assertThatThrownBy(() -> inflate(badSize)).hasMessageContaining("modulo 2^32");
    Deflater deflater = new Deflater();
    deflater.setInput(text(1000));
    deflater.finish();
    byte[] zlib = new byte[2000];
    zlib = Arrays.copyOf(zlib, deflater.deflate(zlib));
    assertThat(inflate(zlib)).isEqualTo(text(1000));
    zlib[zlib.length - 1] ^= 1;
    byte[] badAdler = zlib;
    assertThatThrownBy(() -> inflate(badAdler)).hasMessageContaining("checksum");
  }

  @Test
  void strangeHeadersAreErrorsThatSayWhy() throws IOException {
    byte[] stream = gzip(text(10));
    byte[] method = stream.clone();
    method[2] = 7;
    assertThatThrownBy(() -> inflate(method)).hasMessageContaining("method 7");
    byte[] flags = stream.clone();
    flags[3] = (byte) 0x80;
    assertThatThrownBy(() -> inflate(flags)).hasMessageContaining("reserved flags");
    assertThatThrownBy(() -> inflate(new byte[] {'P', 'K', 3, 4}))
        .hasMessageContaining("neither a gzip nor a zlib");
    assertThatThrownBy(() -> inflate(new byte[] {0x78, (byte) 0xbb, 1, 2, 3, 4}))
        .hasMessageContaining("preset dictionary");
    byte[] headerCrc = concat(Arrays.copyOf(stream, 10), new byte[] {1, 2}, tail(stream, 10));
    headerCrc[3] = 2;
    assertThatThrownBy(() -> inflate(headerCrc)).hasMessageContaining("header has CRC");
  }

  private static byte[] tail(byte[] bytes, int from) {
    return Arrays.copyOfRange(bytes, from, bytes.length);
  }

  @Test
  void aMatchMustNotReachIntoTheMemberBefore() throws IOException {
    // Fixed block: literal 'a', then a match of length 3 at distance 2, end of block.
    byte[] block = bits("1" + "10" + "10010001" + "0000001" + "00001" + "0000000");
    byte[] header = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    assertThatThrownBy(() -> inflate(concat(gzip(text(100)), header, block, new byte[8])))
        .hasMessageContaining("reaches before the start of the stream");
  }

  /// Packs bits in stream order.
  private static byte[] bits(String bits) {
    byte[] packed = new byte[(bits.length() + 7) / 8];
    for (int i = 0; i < bits.length(); i++) {
      packed[i / 8] |= (byte) ((bits.charAt(i) - '0') << (i % 8));
    }
    return packed;
  }

  @Test
  void aStreamThatInflatesToTooMuchIsRefused() throws IOException {
    byte[] bomb = gzip(new byte[5_000_000]);
    long[] seen = {0};
    assertThatThrownBy(
            () ->
                inflater.inflateAll(
                    new ByteArrayInputStream(bomb),
                    spanSize(),
                    1_000_000,
                    (at, buffer, offset, length) -> seen[0] += length))
        .hasMessageContaining("more than 1000000 bytes");
    assertThat(seen[0]).isLessThanOrEqualTo(1_000_000);
  }

  @Test
  void randomDamageGivesWhatTheJdkGivesOrAnError() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of damage to gzip streams: " + seed);
    Random random = new Random(seed);
    byte[] good = gzip(text(20_000));
    for (int round = 0; round < 3000; round++) {
      byte[] bad = good.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        bad[10 + random.nextInt(bad.length - 18)] ^= (byte) (1 << random.nextInt(8));
      }
      byte[] raw = Arrays.copyOfRange(bad, 10, bad.length - 8);
      java.util.zip.Inflater jdk = new java.util.zip.Inflater(true);
      byte[] expected = inflateByJdk(jdk, raw);
      byte[] used = Arrays.copyOf(raw, (int) jdk.getBytesRead());
      jdk.end();
      if (expected == null) {
        assertThatThrownBy(() -> inflate(concat(Arrays.copyOf(good, 10), raw)))
            .as("seed " + seed)
            .isInstanceOf(MalformedGzipException.class);
      } else {
        byte[] whole = concat(Arrays.copyOf(good, 10), used, trailer(expected));
        assertThat(Arrays.equals(inflate(whole), expected)).as("seed " + seed).isTrue();
      }
    }
  }

  private static byte[] trailer(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return ByteBuffer.allocate(8)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt((int) crc.getValue())
        .putInt(data.length)
        .array();
  }

  /// Returns null if the deflate stream is broken or does not end.
  private static byte @Nullable [] inflateByJdk(java.util.zip.Inflater jdk, byte[] raw) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    jdk.setInput(raw);
    byte[] buffer = new byte[4096];
    try {
      while (!jdk.finished()) {
        int count = jdk.inflate(buffer);
        if (count == 0 && jdk.needsInput()) {
          return null;
        }
        out.write(buffer, 0, count);
      }
    } catch (DataFormatException e) {
      return null;
    }
    return out.toByteArray();
  }
}
