package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.ztoc.zstd.RawFrames;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// zTOCs of zstd layers.
class FrameTableTest {
  private static final int SPAN = 65_536;

  @TempDir Path directory;
  private byte[] tar;
  private byte[] layer;
  private byte[] good;

  @BeforeEach
  void buildAGoodOne() throws IOException {
    tar = Layers.randomTar(new Random(20), 40, 30_000);
    RawFrames frames = new RawFrames();
    for (int from = 0; from < tar.length; from += 20_000) {
      frames.frame(Arrays.copyOfRange(tar, from, Math.min(tar.length, from + 20_000)));
    }
    layer = frames.skippable(0, new byte[100_000]).toByteArray();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (BuiltZtoc built = build()) {
      built.writeTo(out);
      assertThat(built.digest()).isEqualTo(SpanDigests.newDigest().digest(out.toByteArray()));
    }
    good = out.toByteArray();
  }

  private BuiltZtoc build() throws IOException {
    return new ZtocBuilder(
            ZtocOptions.DEFAULT.withSpanSize(SPAN).withDiffId(), RawFrames.Decoder::new)
        .build(new ByteArrayInputStream(layer));
  }

  private Ztoc open(byte[] bytes) throws IOException {
    return Ztoc.open(Files.write(directory.resolve("ztoc"), bytes));
  }

  private static byte[] extract(Ztoc ztoc, int span, byte[] layer) throws IOException {
    SpanTable spans = ztoc.spans();
    byte[] stored =
        Arrays.copyOfRange(
            layer, (int) spans.compressedStart(span), (int) spans.compressedEnd(span));
    SpanDigests.verify(spans, span, stored, 0, stored.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new SpanExtractor(RawFrames.Decoder::new)
        .extract(ztoc, span, stored, 0, stored.length, (at, b, o, l) -> out.write(b, o, l));
    return out.toByteArray();
  }

  @Test
  void everySpanIsItsPieceOfTheTar() throws IOException {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    try (Ztoc ztoc = open(good)) {
      assertThat(ztoc.compression()).isEqualTo(Compression.ZSTD);
      assertThat(ztoc.spanSizeBytes()).isEqualTo(SPAN);
      assertThat(ztoc.compressedSizeBytes()).isEqualTo(layer.length);
      int count = ztoc.spans().count();
      assertThat(count).isGreaterThan(3);
      for (int span = 0; span < count; span++) {
        assertThat(joined.size()).isEqualTo((int) ztoc.spans().uncompressedStart(span));
        joined.writeBytes(extract(ztoc, span, layer));
      }
      assertThat(ztoc.spans().compressedEnd(count - 1)).isLessThan(layer.length - 100_000);
    }
    assertThat(joined.toByteArray()).isEqualTo(tar);
  }

  @Test
  void theFileListIsThatOfTheSameTarUncompressed() throws IOException {
    TocBuilder entries = Toc.builder();
    new ZtocBuilder(ZtocOptions.DEFAULT).build(new ByteArrayInputStream(tar), entries::add).close();
    Toc plain = entries.build();
    try (Ztoc zstd = open(good);
        BuiltZtoc built = build()) {
      assertThat(built.diffId()).contains(SpanDigests.newDigest().digest(tar));
      assertThat(built.layerDigest()).isEqualTo(SpanDigests.newDigest().digest(layer));
      assertThat(zstd.uncompressedSizeBytes()).isEqualTo(tar.length);
      assertThat(zstd.toc().count()).isEqualTo(plain.count()).isEqualTo(40);
      for (int i = 0; i < 40; i++) {
        assertThat(zstd.toc().name(i)).isEqualTo(plain.name(i));
        assertThat(zstd.toc().dataOffset(i)).isEqualTo(plain.dataOffset(i));
      }
    }
  }

  @Test
  void theBytesOfTheFormatDoNotChange() {
    assertThat(HexFormat.of().formatHex(SpanDigests.newDigest().digest(good)))
        .isEqualTo("a6402f2e724d0c8969652285b5beb00117d9fee62f4dbb5c61f3a057e41b01e8");
  }

  @Test
  void paddingBehindTheTarsEndIsInNoSpan() throws IOException {
    layer = new RawFrames().frame(tar).runs(0, 3, 100_000).runs(0, 1, 100_000).toByteArray();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (BuiltZtoc built = build()) {
      built.writeTo(out);
    }
    try (Ztoc ztoc = open(out.toByteArray())) {
      assertThat(ztoc.uncompressedSizeBytes()).isEqualTo(tar.length);
      assertThat(ztoc.spans().count()).isEqualTo(3);
      assertThat(extract(ztoc, 0, layer)).isEqualTo(tar);
      assertThat(extract(ztoc, 2, layer)).isEmpty();
    }
  }

  @Test
  void aZstdLayerHasNoWindows() throws IOException {
    try (Ztoc ztoc = open(good)) {
      assertThatThrownBy(() -> ztoc.readWindow(0, new byte[Ztoc.WINDOW_BYTES], 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void withoutADecoderThereIsAClearError() throws IOException {
    assertThatThrownBy(
            () -> new ZtocBuilder(ZtocOptions.DEFAULT).build(new ByteArrayInputStream(layer)))
        .hasMessage("zstd is not available here");
    try (Ztoc ztoc = open(good)) {
      assertThatThrownBy(
              () ->
                  new SpanExtractor().extract(ztoc, 0, layer, 0, layer.length, (at, b, o, l) -> {}))
          .hasMessage("zstd is not available here");
    }
  }

  private void isRefused(String field, long offset, byte... bytes) {
    byte[] bad = good.clone();
    System.arraycopy(bytes, 0, bad, (int) offset, bytes.length);
    assertThatThrownBy(() -> open(bad).close())
        .as(field)
        .isInstanceOfSatisfying(
            MalformedZtocException.class,
            e -> assertThat(e.field()).isEqualTo("compression_info.checkpoints" + field));
  }

  private static byte[] int32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] int64(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  @Test
  void namesTheFieldThatIsBroken() throws IOException {
    long start;
    try (PositionalFile file = new PositionalFile(Files.write(directory.resolve("good"), good))) {
      FlatReader in = new FlatReader(file, good.length, 4096);
      FlatTable root = new FlatTable(in).at(in.target(0));
      FlatTable info = new FlatTable(in).at(root.reference(ZtocSlots.Root.COMPRESSION_INFO));
      start = info.reference(ZtocSlots.ZInfo.CHECKPOINTS) + 4;
    }
    isRefused(".version", start - 4, int32(15));
    isRefused(".version", start, int32(2));
    isRefused(".span_count", start + 4, int32(1));
    isRefused(".span_count", start - 4, int32(16));
    isRefused(".span_size", start + 8, int64(0));
    long third = start + FrameTable.HEADER_BYTES + 2L * FrameTable.RECORD_BYTES;
    isRefused("[2].in", third, int64(1));
    isRefused("[2].in", third, int64(-1));
    isRefused("[2].in", third, int64(layer.length));
    isRefused("[2].end", third + 8, int64(0));
    isRefused("[2].end", third + 8, int64(layer.length + 1L));
    isRefused("[3].in", third + 8, int64(layer.length));
    isRefused("[2].out", third + 16, int64(-1));
    isRefused("[3].out", third + 16, int64(Long.MAX_VALUE));
    isRefused("[0].out", start + FrameTable.HEADER_BYTES + 16, int64(1));
  }
}
