package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.ztoc.inflate.Inflater;
import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.zstd.FrameDecoders;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What extractors do, whatever engine inflates.
abstract class SpanExtractorTest {
  @TempDir Path directory;
  private final SpanExtractor extractor = new SpanExtractor(engine(), FrameDecoders.NONE);

  abstract Inflater.Engine engine();

  private Ztoc build(byte[] layer, Compression compression, long spanSize) throws IOException {
    Path file = Files.createTempFile(directory, "layer", ".ztoc");
    try (BuiltZtoc built =
        new ZtocBuilder(ZtocOptions.DEFAULT.withSpanSize(spanSize))
            .build(new ByteArrayInputStream(layer), compression)) {
      built.writeTo(file);
    }
    return Ztoc.open(file);
  }

  private byte[] extract(Ztoc ztoc, byte[] layer, int span) throws IOException {
    SpanTable spans = ztoc.spans();
    byte[] compressed =
        Arrays.copyOfRange(
            layer, (int) spans.compressedStart(span), (int) spans.compressedEnd(span));
    SpanDigests.verify(spans, span, compressed, 0, compressed.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    extractor.extract(
        ztoc,
        span,
        compressed,
        0,
        compressed.length,
        (position, buffer, offset, length) -> {
          assertThat(position).isEqualTo(spans.uncompressedStart(span) + out.size());
          out.write(buffer, offset, length);
        });
    return out.toByteArray();
  }

  private void everySpanIsItsPieceOf(byte[] tar, Ztoc ztoc, byte[] layer) throws IOException {
    SpanTable spans = ztoc.spans();
    long end = 0;
    for (int span = 0; span < spans.count(); span++) {
      assertThat(spans.uncompressedStart(span)).isEqualTo(end);
      end = spans.uncompressedEnd(span);
      byte[] expected = Arrays.copyOfRange(tar, (int) spans.uncompressedStart(span), (int) end);
      assertThat(Arrays.equals(extract(ztoc, layer, span), expected)).as("span " + span).isTrue();
      if (expected.length > 0) {
        assertThat(spans.spanOf(end - 1)).isEqualTo(span);
      }
    }
    assertThat(end).isEqualTo(ztoc.uncompressedSizeBytes());
  }

  static List<String> goldenLayers() {
    return List.of(
        "gnu-6.tar.gz",
        "gnu-pigzi.tar.gz",
        "gnu.tar",
        "pax-1.tar.gz",
        "pax-9.tar.gz",
        "pax-fixed.tar.gz",
        "pax-multi.tar.gz",
        "pax-pigz.tar.gz",
        "pax-stored.tar.gz",
        "pax-sync.tar.gz",
        "tiny-6.tar.gz",
        "tiny.tar");
  }

  @ParameterizedTest
  @MethodSource("goldenLayers")
  void extractsEverySpanOfTheGoldenLayers(String name) throws IOException {
    byte[] layer = Files.readAllBytes(TestData.golden(name));
    boolean gzip = name.endsWith(".gz");
    byte[] tar = layer;
    if (gzip) {
      try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(layer))) {
        tar = in.readAllBytes();
      }
    }
    Compression compression = gzip ? Compression.GZIP : Compression.UNCOMPRESSED;
    try (Ztoc ztoc = build(layer, compression, 65536)) {
      assertThat(ztoc.compression()).isEqualTo(compression);
      everySpanIsItsPieceOf(tar, ztoc, layer);
    }
  }

  @Test
  void extractsEverySpanOfRandomLayers() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of random layers: " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 25; round++) {
      byte[] tar = Layers.randomTar(random, 1 + random.nextInt(40), 1 + random.nextInt(60_000));
      byte[] layer = Layers.randomGzip(random, tar);
      long spanSize = 1L + random.nextInt(200_000);
      try (Ztoc ztoc = build(layer, Compression.GZIP, spanSize)) {
        everySpanIsItsPieceOf(tar, ztoc, layer);
      } catch (IOException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }

  @Test
  void extractsSpansOfZlibStreams() throws IOException {
    Random random = new Random(11);
    byte[] tar = Layers.randomTar(random, 30, 60_000);
    ByteArrayOutputStream layer = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(layer)) {
      out.write(tar);
    }
    try (Ztoc ztoc = build(layer.toByteArray(), Compression.GZIP, 50_000)) {
      assertThat(ztoc.spans().count()).isGreaterThan(2);
      everySpanIsItsPieceOf(tar, ztoc, layer.toByteArray());
    }
  }

  @Test
  void anEmptyFirstMemberMakesAnEmptySpan() throws IOException {
    byte[] tar = Layers.randomTar(new Random(5), 5, 10_000);
    ByteArrayOutputStream layer = new ByteArrayOutputStream();
    layer.writeBytes(Layers.gzip(new byte[0]));
    layer.writeBytes(Layers.gzip(tar));
    try (Ztoc ztoc = build(layer.toByteArray(), Compression.GZIP, 1 << 20)) {
      assertThat(ztoc.spans().uncompressedLength(0)).isZero();
      assertThat(ztoc.spans().spanOf(0)).isEqualTo(1);
      everySpanIsItsPieceOf(tar, ztoc, layer.toByteArray());
    }
  }

  @Test
  void aSpanWithAFlippedByteIsRefused() throws IOException {
    byte[] layer = Files.readAllBytes(TestData.golden("pax-6.tar.gz"));
    try (Ztoc ztoc = build(layer, Compression.GZIP, 65536)) {
      layer[(int) ztoc.spans().compressedStart(3) + 5] ^= 1;
      assertThatThrownBy(() -> extract(ztoc, layer, 3))
          .isInstanceOf(SpanDigestMismatchException.class)
          .hasMessageContaining("Span 3");
    }
  }

  @Test
  void compressedBytesThatEndTooEarlyAreAnErrorWithTheirOffset() throws IOException {
    byte[] layer = Files.readAllBytes(TestData.golden("pax-6.tar.gz"));
    try (Ztoc ztoc = build(layer, Compression.GZIP, 65536)) {
      SpanTable spans = ztoc.spans();
      int start = (int) spans.compressedStart(2);
      int length = (int) spans.compressedLength(2);
      // The last byte may hold no more than a block's end, which some engines do not need.
      for (int cut = 2; cut < length; cut += 997) {
        int shorter = length - cut;
        assertThatThrownBy(
                () -> extractor.extract(ztoc, 2, layer, start, shorter, (at, b, o, l) -> {}))
            .isInstanceOfSatisfying(
                MalformedGzipException.class,
                e -> assertThat(e.offset()).isEqualTo(start + (long) shorter));
      }
    }
  }

  @Test
  void anErrorOfTheSinkReachesTheCaller() throws IOException {
    byte[] layer = Files.readAllBytes(TestData.golden("pax-6.tar.gz"));
    try (Ztoc ztoc = build(layer, Compression.GZIP, 65536)) {
      IOException full = new IOException("no room");
      int length = (int) ztoc.spans().compressedLength(0);
      int start = (int) ztoc.spans().compressedStart(0);
      assertThatThrownBy(
              () ->
                  extractor.extract(
                      ztoc,
                      0,
                      layer,
                      start,
                      length,
                      (at, b, o, l) -> {
                        throw full;
                      }))
          .isSameAs(full);
    }
  }

  @Test
  void manyThreadsExtractAtOnceEvenIfSomeAreInterrupted() throws Exception {
    byte[] layer = Files.readAllBytes(TestData.golden("pax-6.tar.gz"));
    byte[] tar;
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(layer))) {
      tar = in.readAllBytes();
    }
    try (Ztoc ztoc = build(layer, Compression.GZIP, 65536);
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        boolean interrupted = i == 0;
        results.add(
            threads.submit(
                () -> {
                  if (interrupted) {
                    Thread.currentThread().interrupt();
                    assertThatThrownBy(() -> ztoc.readWindow(1, new byte[32768], 0))
                        .isInstanceOf(IOException.class);
                  } else {
                    everySpanIsItsPieceOf(tar, ztoc, layer);
                  }
                  return true;
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
  }
}
