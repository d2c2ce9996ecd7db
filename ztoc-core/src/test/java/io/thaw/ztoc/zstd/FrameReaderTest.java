package io.thaw.ztoc.zstd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameReaderTest {
  private static final FrameLimits SMALL = new FrameLimits(1 << 20, 300_000, 250_000);
  private static final long NO_BOUND = Long.MAX_VALUE;

  private final RawFrames.Decoder decoder = new RawFrames.Decoder();

  private static byte[] noise(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private record Span(long in, long out, long end) {}

  /// Remembers everything, and that it comes in order.
  private static final class Recorder implements FrameTarget {
    final ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    final ByteArrayOutputStream uncompressed = new ByteArrayOutputStream();
    final List<Span> spans = new ArrayList<>();
    private long in = -1;
    private long out;

    @Override
    public void compressed(byte[] buffer, int offset, int length) {
      compressed.write(buffer, offset, length);
    }

    @Override
    public void uncompressed(long at, byte[] buffer, int offset, int length) {
      assertThat(at).isEqualTo(uncompressed.size());
      uncompressed.write(buffer, offset, length);
    }

    @Override
    public void startSpan(long compressedOffset, long uncompressedOffset) {
      assertThat(in).as("a span is open").isNegative();
      assertThat(compressedOffset).isEqualTo(compressed.size());
      assertThat(uncompressedOffset).isEqualTo(uncompressed.size());
      in = compressedOffset;
      out = uncompressedOffset;
    }

    @Override
    public void endSpan(long compressedOffset) {
      assertThat(compressedOffset).isEqualTo(compressed.size());
      spans.add(new Span(in, out, compressedOffset));
      in = -1;
    }
  }

  private Recorder readAll(byte[] layer, long spanSize, FrameLimits limits) throws IOException {
    Recorder recorder = new Recorder();
    try (FrameReader reader = new FrameReader(decoder, limits)) {
      reader.readAll(new ByteArrayInputStream(layer), spanSize, NO_BOUND, recorder);
    }
    assertThat(recorder.compressed.toByteArray()).isEqualTo(layer);
    return recorder;
  }

  private void isMalformed(RawFrames layer, long offset, String reason) {
    assertThatThrownBy(() -> readAll(layer.toByteArray(), 1, FrameLimits.DEFAULT))
        .isInstanceOfSatisfying(
            MalformedZstdException.class, e -> assertThat(e.offset()).isEqualTo(offset))
        .hasMessageContaining(reason);
  }

  /// Who wants the bytes only is told once that they cannot be had lazily, and gets all of them.
  private void hasItsBytesAllTheSame(byte[] layer, String reason) {
    List<String> told = new ArrayList<>();
    ByteArrayOutputStream stored = new ByteArrayOutputStream();
    FrameTarget target =
        new FrameTarget() {
          @Override
          public void compressed(byte[] buffer, int offset, int length) {
            stored.write(buffer, offset, length);
          }

          @Override
          public void uncompressed(long at, byte[] buffer, int offset, int length) {}

          @Override
          public void cannotBeLazy(EagerLayerException why) {
            told.add(why.reason());
          }
        };
    try (FrameReader reader = new FrameReader(decoder, SMALL)) {
      reader.readAll(new ByteArrayInputStream(layer), 1, NO_BOUND, target);
      assertThat(stored.toByteArray()).isEqualTo(layer);
    } catch (IOException e) {
      // Layers that were only begun, because nobody was to read on.
      assertThat(e).isInstanceOf(MalformedZstdException.class);
    }
    assertThat(told).hasSize(1);
    assertThat(told.getFirst()).contains(reason);
  }

  private void isEager(RawFrames layer, String reason) {
    assertThatThrownBy(() -> readAll(layer.toByteArray(), 1, SMALL))
        .isInstanceOfSatisfying(
            EagerLayerException.class, e -> assertThat(e.reason()).contains(reason));
    hasItsBytesAllTheSame(layer.toByteArray(), reason);
  }

  @Test
  void framesAreGroupedUntilTheyMakeASpan() throws IOException {
    RawFrames layer = new RawFrames();
    int[] borders = new int[6];
    for (int i = 0; i < 5; i++) {
      layer.frame(noise(i, 40_000));
      borders[i + 1] = layer.size();
    }
    Recorder read = readAll(layer.toByteArray(), 80_000, FrameLimits.DEFAULT);
    assertThat(read.spans)
        .containsExactly(
            new Span(0, 0, borders[2]),
            new Span(borders[2], 80_000, borders[4]),
            new Span(borders[4], 160_000, borders[5]));
    assertThat(decoder.resets).isEqualTo(5);
    assertThat(decoder.closes).isEqualTo(1);
  }

  @Test
  void aFrameThatIsASpanByItselfTakesNoSmallOnesWithIt() throws IOException {
    RawFrames layer = new RawFrames().frame(noise(1, 500));
    int border = layer.size();
    layer.sizedFrame(noise(2, 90_000));
    Recorder read = readAll(layer.toByteArray(), 80_000, FrameLimits.DEFAULT);
    assertThat(read.spans)
        .containsExactly(new Span(0, 0, border), new Span(border, 500, layer.size()));
  }

  @Test
  void skippableFramesBeforeBetweenAndBehindBelongToNoSpanUnlessTheyAreSmall() throws IOException {
    RawFrames layer = new RawFrames().skippable(3, noise(1, 100));
    int first = layer.size();
    layer.frame(noise(2, 10)).skippable(0, noise(3, 12)).frame(noise(4, 10));
    int firstEnd = layer.size();
    layer.skippable(15, noise(5, 70_000));
    int second = layer.size();
    layer.frame(noise(6, 10));
    int secondEnd = layer.size();
    layer.skippable(1, noise(7, 300_000));
    Recorder read = readAll(layer.toByteArray(), 1000, FrameLimits.DEFAULT);
    assertThat(read.spans)
        .containsExactly(new Span(first, 0, firstEnd), new Span(second, 20, secondEnd));
    assertThat(read.uncompressed.size()).isEqualTo(30);
  }

  @Test
  void manySmallSkippableFramesEndASpanToo() throws IOException {
    RawFrames layer = new RawFrames().frame(noise(1, 10));
    for (int i = 0; i < 7; i++) {
      layer.skippable(0, new byte[10_000]);
    }
    layer.frame(noise(2, 10));
    Recorder read = readAll(layer.toByteArray(), 1000, FrameLimits.DEFAULT);
    assertThat(read.spans).hasSize(2);
    assertThat(read.spans.getFirst().end()).isLessThan(70_000);
  }

  @Test
  void everySpanDecodesToItsPiece() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of random frames: " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      RawFrames layer = randomFrames(random, plain);
      byte[] stored = layer.toByteArray();
      Recorder read = readAll(stored, 1 + random.nextInt(200_000), FrameLimits.DEFAULT);
      assertThat(read.uncompressed.toByteArray()).as("seed " + seed).isEqualTo(plain.toByteArray());
      decodeSpans(read, stored, "seed " + seed + ", round " + round);
    }
  }

  private static RawFrames randomFrames(Random random, ByteArrayOutputStream plain) {
    RawFrames layer = new RawFrames();
    int frames = 2 + random.nextInt(20);
    for (int i = 0; i < frames; i++) {
      if (random.nextInt(3) == 0) {
        layer.skippable(random.nextInt(16), new byte[random.nextInt(100_000)]);
      }
      byte[] content =
          noise(random.nextInt(), random.nextInt(4) == 0 ? 0 : random.nextInt(300_000));
      if (random.nextBoolean()) {
        layer.frame(content);
      } else {
        layer.sizedFrame(content);
      }
      plain.writeBytes(content);
    }
    return layer;
  }

  private void decodeSpans(Recorder read, byte[] stored, String when) throws IOException {
    byte[] plain = read.uncompressed.toByteArray();
    try (FrameReader reader = new FrameReader(decoder, FrameLimits.DEFAULT)) {
      for (int i = 0; i < read.spans.size(); i++) {
        Span span = read.spans.get(i);
        boolean last = i + 1 == read.spans.size();
        long end = last ? plain.length : read.spans.get(i + 1).out();
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        reader.readSpan(
            source(stored, span),
            span.in(),
            span.out(),
            end,
            last,
            (at, b, o, l) -> piece.write(b, o, l));
        byte[] expected = Arrays.copyOfRange(plain, (int) span.out(), (int) end);
        assertThat(Arrays.equals(piece.toByteArray(), expected)).as(when + ", span " + i).isTrue();
      }
    }
  }

  private static ByteArrayInputStream source(byte[] stored, Span span) {
    return new ByteArrayInputStream(stored, (int) span.in(), (int) (span.end() - span.in()));
  }

  @Test
  void aSpanMustHaveExactlyTheBytesThatWerePromised() throws IOException {
    byte[] span = new RawFrames().frame(noise(1, 1000)).frame(noise(2, 1000)).toByteArray();
    try (FrameReader reader = new FrameReader(decoder, FrameLimits.DEFAULT)) {
      for (long end : new long[] {5_999, 6_001, 5_001}) {
        assertThatThrownBy(
                () ->
                    reader.readSpan(
                        new ByteArrayInputStream(span), 7, 4000, end, false, (at, b, o, l) -> {}))
            .isInstanceOf(MalformedZstdException.class)
            .hasMessageContaining(String.valueOf(end));
      }
      ByteArrayOutputStream padded = new ByteArrayOutputStream();
      reader.readSpan(
          new ByteArrayInputStream(span),
          7,
          4000,
          5500,
          true,
          (at, b, o, l) -> padded.write(b, o, l));
      assertThat(padded.size()).isEqualTo(1500);
    }
  }

  @Test
  void aSingleFrameIsLeftToAnEagerPull() {
    isEager(new RawFrames().frame(noise(1, 1000)), "it is a single zstd frame");
    isEager(
        new RawFrames().skippable(0, noise(1, 9)).frame(noise(1, 1000)).skippable(0, noise(1, 9)),
        "it is a single zstd frame");
  }

  @Test
  void framesBeyondTheLimitsAreLeftToAnEagerPull() {
    RawFrames before = new RawFrames().frame(noise(1, 10));
    int at = before.size();
    isEager(before.sizedFrame(new byte[300_001]), "frame of 300001 bytes at offset " + at);
    isEager(
        new RawFrames().frame(noise(1, 10)).runs(7, 4, 100_000),
        "frame of more than 300000 bytes at offset " + at);
    RawFrames endless = new RawFrames().header(0x00, 0x50);
    for (int i = 0; i < 101_000; i++) {
      endless.block(false, RawFrames.RAW, 0);
    }
    isEager(endless, "frame of more than 300000 stored bytes at offset 0");
    isEager(new RawFrames().header(0x00, 0x58), "needs a window of 2097152 bytes");
  }

  @Test
  void aSpanEndsWhenItsStoredBytesAreMany() throws IOException {
    RawFrames layer = new RawFrames();
    for (int i = 0; i < 4; i++) {
      layer.frame(noise(i, 200_000));
    }
    assertThat(readAll(layer.toByteArray(), 1 << 30, SMALL).spans).hasSize(2);
  }

  @Test
  void aBombIsDefusedBeforeItsBytesAreMade() {
    RawFrames bomb = new RawFrames();
    for (int frame = 0; frame < 200; frame++) {
      bomb.runs(0, 500, 131_072);
    }
    Recorder recorder = new Recorder();
    assertThatThrownBy(
            () ->
                new FrameReader(decoder, FrameLimits.DEFAULT)
                    .readAll(
                        new ByteArrayInputStream(bomb.toByteArray()), 4 << 20, 1 << 20, recorder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than 1048576 bytes");
    assertThat(recorder.uncompressed.size()).isLessThanOrEqualTo(1 << 20);
  }

  @Test
  void everyTruncationIsSeen() throws IOException {
    RawFrames frames = new RawFrames().frame(noise(1, 30)).skippable(2, noise(2, 9));
    int border = frames.size();
    byte[] layer = frames.sizedFrame(noise(3, 30)).frame(noise(4, 5)).toByteArray();
    readAll(layer, 1, FrameLimits.DEFAULT);
    int complete = 0;
    for (int length = border + 1; length < layer.length; length++) {
      byte[] cut = Arrays.copyOf(layer, length);
      try {
        readAll(cut, 1, FrameLimits.DEFAULT);
        complete++;
      } catch (MalformedZstdException e) {
        assertThat(e.offset()).isLessThanOrEqualTo(length);
        assertThat(e).hasMessageContaining("ends within");
      }
    }
    assertThat(complete).as("cuts at a border of frames").isEqualTo(1);
  }

  @Test
  void whatIsNoFrameIsNamed() {
    RawFrames good = new RawFrames().frame(noise(1, 10)).frame(noise(2, 10));
    int at = good.size();
    isMalformed(good.bytes(new byte[8]), at, "0x00000000 begins no zstd frame");
    isMalformed(new RawFrames().bytes(hex("27b52ffd00000000")), 0, "zstd 0.7");
    isMalformed(new RawFrames().bytes(hex("22b52ffd00000000")), 0, "zstd 0.2");
    isMalformed(new RawFrames().bytes(hex("fd2fb51e00000000")), 0, "zstd 0.1");
    isMalformed(new RawFrames().header(0x01, 0x50, 9), 0, "needs dictionary 9");
    isMalformed(new RawFrames().header(0x03, 0x50, 1, 2, 3, 0x84), 0, "dictionary 2214789633");
    isMalformed(new RawFrames().header(0x08, 0x50), 0, "reserved bit");
    isMalformed(
        new RawFrames().header(0xE0, 255, 255, 255, 255, 255, 255, 255, 255),
        0,
        "content of 18446744073709551615 bytes");
  }

  @Test
  void aDictionaryOfNumberZeroIsNone() throws IOException {
    RawFrames layer = new RawFrames().frame(noise(1, 3)).header(0x21, 0, 0).block(true, 0, 0);
    assertThatThrownBy(() -> readAll(layer.toByteArray(), 1, FrameLimits.DEFAULT))
        .hasMessageNotContaining("dictionary");
  }

  @Test
  void blocksThatCannotBeAreRefused() {
    RawFrames reserved = new RawFrames().header(0x00, 0x50);
    isMalformed(reserved.block(true, 3, 5).bytes(new byte[5]), 6, "a block of type 3");
    RawFrames large = new RawFrames().header(0x00, 0x00);
    isMalformed(large.block(true, 0, 1025).bytes(new byte[1025]), 6, "where 1024 bytes are");
  }

  @Test
  void aDecoderThatDisagreesAboutTheEndIsAnError() {
    byte[] layer = new RawFrames().frame(noise(1, 10)).frame(noise(2, 10)).toByteArray();
    for (boolean early : new boolean[] {true, false}) {
      FrameDecoder liar =
          new FrameDecoder() {
            @Override
            public void reset() {}

            @Override
            public boolean decode(java.nio.ByteBuffer src, java.nio.ByteBuffer dst) {
              src.position(early ? src.position() + 1 : src.limit());
              return early;
            }

            @Override
            public void close() {}
          };
      assertThatThrownBy(
              () ->
                  new FrameReader(liar, FrameLimits.DEFAULT)
                      .readAll(new ByteArrayInputStream(layer), 1, NO_BOUND, new Recorder()))
          .isInstanceOf(MalformedZstdException.class)
          .hasMessageContaining(early ? "ends before its last block" : "goes on behind");
    }
  }

  private static byte[] hex(String text) {
    return java.util.HexFormat.of().parseHex(text);
  }
}
