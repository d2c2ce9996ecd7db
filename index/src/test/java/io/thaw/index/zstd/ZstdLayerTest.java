package io.thaw.index.zstd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.Compression;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.SpanDigests;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.zstd.EagerLayerException;
import io.thaw.ztoc.zstd.MalformedZstdException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// zTOCs of layers made by zstd itself.
class ZstdLayerTest {
  private static final SpanExtractor EXTRACTOR = new SpanExtractor(NativeFrameDecoder.DECODERS);
  private static final ZtocOptions OPTIONS = ZtocOptions.DEFAULT.withSpanSize(1 << 17);

  @TempDir Path directory;

  private static BuiltZtoc build(byte[] layer, ZtocOptions options) throws IOException {
    return new ZtocBuilder(options, NativeFrameDecoder.DECODERS)
        .build(new ByteArrayInputStream(layer));
  }

  private Ztoc open(byte[] layer, ZtocOptions options) throws IOException {
    Path file = Files.createTempFile(directory, "layer", ".ztoc");
    try (BuiltZtoc built = build(layer, options)) {
      assertThat(built.layerDigest()).isEqualTo(SpanDigests.newDigest().digest(layer));
      built.writeTo(file);
    }
    return Ztoc.open(file);
  }

  private static byte[] stored(SpanTable spans, int span, byte[] layer) {
    return Arrays.copyOfRange(
        layer, (int) spans.compressedStart(span), (int) spans.compressedEnd(span));
  }

  private static byte[] extract(Ztoc ztoc, int span, byte[] stored) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    EXTRACTOR.extract(
        ztoc,
        span,
        stored,
        0,
        stored.length,
        (at, b, offset, length) -> out.write(b, offset, length));
    return out.toByteArray();
  }

  /// Extracts all spans, last to first, and compares every file with the tar.
  private void isReadLazily(byte[] layer, byte[] tar, ZtocOptions options) throws IOException {
    try (Ztoc ztoc = open(layer, options)) {
      assertThat(ztoc.compression()).isEqualTo(Compression.ZSTD);
      SpanTable spans = ztoc.spans();
      byte[] joined = new byte[tar.length];
      for (int span = spans.count() - 1; span >= 0; span--) {
        byte[] stored = stored(spans, span, layer);
        SpanDigests.verify(spans, span, stored, 0, stored.length);
        byte[] piece = extract(ztoc, span, stored);
        assertThat(piece.length).isEqualTo((int) spans.uncompressedLength(span));
        System.arraycopy(piece, 0, joined, (int) spans.uncompressedStart(span), piece.length);
      }
      filesAreEqual(ztoc.toc(), joined, tar);
    }
  }

  private static void filesAreEqual(Toc toc, byte[] joined, byte[] tar) {
    assertThat(toc.count()).isPositive();
    for (int file = 0; file < toc.count(); file++) {
      if (toc.type(file) == EntryType.REG) {
        int from = (int) toc.dataOffset(file);
        int to = from + (int) toc.sizeBytes(file);
        assertThat(Arrays.equals(joined, from, to, tar, from, to)).as(toc.nameText(file)).isTrue();
      }
    }
  }

  @Test
  void aChunkedLayerIsReadLazilyWithoutItsFileList() throws IOException {
    byte[] tar = ZstdLayers.tar(new Random(1), 300, 30_000);
    byte[] layer = ZstdLayers.chunked(tar);
    isReadLazily(layer, tar, OPTIONS);
    try (Ztoc ztoc = open(layer, OPTIONS)) {
      assertThat(ztoc.spans().count()).isGreaterThan(10);
    }
  }

  @Test
  void aSeekableLayerIsReadLazily() throws IOException {
    byte[] tar = ZstdLayers.tar(new Random(2), 100, 60_000);
    isReadLazily(ZstdLayers.seekable(tar, 100_000), tar, OPTIONS);
    isReadLazily(ZstdLayers.seekable(tar, 300_000), tar, OPTIONS);
  }

  @Test
  void randomLayersAreWhatZstdDecodes() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of zstd layers: " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 15; round++) {
      byte[] tar = ZstdLayers.tar(random, 1 + random.nextInt(50), 1 + random.nextInt(80_000));
      byte[] layer = ZstdLayers.randomFrames(random, tar, 1 + random.nextInt(300_000));
      try (ZstdInputStream plain = new ZstdInputStream(new ByteArrayInputStream(layer))) {
        assertThat(Arrays.equals(plain.readAllBytes(), tar)).as("seed " + seed).isTrue();
      }
      try {
        isReadLazily(layer, tar, OPTIONS.withSpanSize(1L + random.nextInt(400_000)));
      } catch (IOException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }

  @Test
  void whatTheCommandWritesIsReadLazily() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/zstd")), "needs the zstd command");
    byte[] tar = ZstdLayers.tar(new Random(3), 60, 60_000);
    int half = tar.length / 2;
    for (List<String> flags :
        List.of(List.of("-1"), List.of("-19", "--no-check"), List.of("-3", "--long=24"))) {
      byte[] first = command(flags, Arrays.copyOfRange(tar, 0, half));
      byte[] second = command(flags, Arrays.copyOfRange(tar, half, tar.length));
      isReadLazily(ZstdLayers.joined(first, second), tar, OPTIONS);
      assertThatThrownBy(() -> build(command(flags, tar), OPTIONS))
          .isInstanceOf(EagerLayerException.class)
          .hasMessageContaining("single zstd frame");
    }
  }

  private byte[] command(List<String> flags, byte[] input) throws Exception {
    Path file = Files.write(directory.resolve("input"), input);
    ProcessBuilder zstd = new ProcessBuilder("/usr/bin/zstd", "-q", "-c");
    zstd.command().addAll(flags);
    zstd.command().add(file.toString());
    Process process = zstd.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    byte[] output = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    return output;
  }

  @Test
  void aSpanWithAWrongByteIsSeenByItsDigestAndByTheChecksumOfItsFrame() throws IOException {
    byte[] tar = ZstdLayers.tar(new Random(4), 30, 60_000);
    byte[] layer = ZstdLayers.seekable(tar, 100_000);
    try (Ztoc ztoc = open(layer, OPTIONS)) {
      byte[] stored = stored(ztoc.spans(), 1, layer);
      stored[stored.length - 2] ^= 1;
      assertThat(SpanDigests.matches(ztoc.spans(), 1, stored, 0, stored.length)).isFalse();
      assertThatThrownBy(() -> extract(ztoc, 1, stored))
          .isInstanceOf(MalformedZstdException.class)
          .hasMessageContaining("checksum");
    }
  }

  @Test
  void damageNeverPassesForTheLayer() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of damage to zstd: " + seed);
    Random random = new Random(seed);
    byte[] tar = ZstdLayers.tar(random, 20, 20_000);
    byte[] layer = ZstdLayers.seekable(tar, 30_000);
    byte[] digest = SpanDigests.newDigest().digest(layer);
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] bad = layer.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      try (BuiltZtoc built = build(bad, OPTIONS)) {
        assertThat(built.layerDigest()).as("seed " + seed).isNotEqualTo(digest);
      } catch (IOException e) {
        refused++;
        assertThat(e.getMessage()).as("seed " + seed).isNotEmpty();
      }
    }
    assertThat(refused).as("seed " + seed).isGreaterThan(100);
  }

  @Test
  void aTruncatedLayerIsMalformed() {
    byte[] layer = ZstdLayers.seekable(ZstdLayers.tar(new Random(5), 20, 20_000), 30_000);
    for (int cut = 1; cut < layer.length; cut += 1 + cut / 3) {
      byte[] shorter = Arrays.copyOf(layer, layer.length - cut);
      assertThatThrownBy(() -> build(shorter, OPTIONS).close())
          .as("%d bytes fewer", cut)
          .isInstanceOf(IOException.class)
          .hasMessageMatching("(?s).*(ends|single).*");
    }
  }

  @Test
  void aBombIsBoundedByTheDeclaredSize() {
    byte[] frame = ZstdLayers.frame(new byte[60 << 20]);
    byte[][] frames = new byte[100][];
    Arrays.fill(frames, frame);
    byte[] bomb = ZstdLayers.joined(frames);
    assertThat(bomb.length).isLessThan(1 << 20);
    assertThatThrownBy(() -> build(bomb, OPTIONS.withMaxUncompressedBytes(100 << 20)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than 104857600 bytes");
  }

  @Test
  void aFrameThatNeedsADictionaryIsRefused() {
    byte[][] samples = new byte[2000][];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = "sample %d of 2000, all alike %d".formatted(i, i * 7).getBytes(UTF_8);
    }
    byte[] dictionary = new byte[4096];
    long size = Zstd.trainFromBuffer(samples, dictionary, false);
    assertThat(Zstd.isError(size)).isFalse();
    byte[] tar = ZstdLayers.tar(new Random(6), 5, 5_000);
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      byte[] frame = context.loadDict(Arrays.copyOf(dictionary, (int) size)).compress(tar);
      assertThatThrownBy(() -> build(frame, OPTIONS))
          .isInstanceOf(MalformedZstdException.class)
          .hasMessageContaining("needs dictionary");
    }
  }

  @Test
  void aHugeWindowIsLeftToAnEagerPull() throws IOException {
    byte[] tar = ZstdLayers.tar(new Random(7), 5, 5_000);
    ByteArrayOutputStream layer = new ByteArrayOutputStream();
    for (int i = 0; i < 2; i++) {
      try (ZstdOutputStream out = new ZstdOutputStream(layer).setLong(27)) {
        out.setCloseFrameOnFlush(true).write(tar);
      }
    }
    assertThatThrownBy(() -> build(layer.toByteArray(), OPTIONS))
        .isInstanceOf(EagerLayerException.class)
        .hasMessageContaining("needs a window of 134217728 bytes");
  }

  @Test
  void aLargeFrameIsLeftToAnEagerPullBeforeItIsDecoded() {
    byte[] declared = ZstdLayers.frame(new byte[(64 << 20) + 1]);
    assertThatThrownBy(() -> build(declared, OPTIONS))
        .isInstanceOf(EagerLayerException.class)
        .hasMessageContaining("frame of 67108865 bytes at offset 0");
    byte[] start = Arrays.copyOf(declared, 40);
    assertThatThrownBy(() -> build(start, OPTIONS)).isInstanceOf(EagerLayerException.class);
  }

  @Test
  void manyThreadsExtractAtOnce() throws Exception {
    byte[] tar = ZstdLayers.tar(new Random(8), 100, 60_000);
    byte[] layer = ZstdLayers.seekable(tar, 50_000);
    try (Ztoc ztoc = open(layer, OPTIONS);
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<Boolean>> results =
          threads.invokeAll(
              Collections.nCopies(
                  16,
                  () -> {
                    for (int span = 0; span < ztoc.spans().count(); span++) {
                      int from = (int) ztoc.spans().uncompressedStart(span);
                      int to = (int) ztoc.spans().uncompressedEnd(span);
                      byte[] piece = extract(ztoc, span, stored(ztoc.spans(), span, layer));
                      assertThat(Arrays.equals(piece, 0, piece.length, tar, from, to)).isTrue();
                    }
                    return true;
                  }));
      for (Future<Boolean> result : results) {
        assertThat(result.get()).isTrue();
      }
    }
  }
}
