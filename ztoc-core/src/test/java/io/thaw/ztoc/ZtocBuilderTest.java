package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZtocBuilderTest {
  @TempDir Path directory;

  private static byte[] sha256(byte[] bytes) {
    return SpanDigests.newDigest().digest(bytes);
  }

  private static BuiltZtoc build(byte[] layer, ZtocOptions options) throws IOException {
    return new ZtocBuilder(options).build(new ByteArrayInputStream(layer));
  }

  private static void isRefused(byte[] layer, ZtocOptions options, String reason) {
    assertThatThrownBy(() -> build(layer, options).close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void tellsTheDigestsOfTheLayerAndOfItsTar() throws IOException {
    byte[] tar = Layers.randomTar(new Random(1), 20, 50_000);
    byte[] layer = Layers.gzip(tar);
    try (BuiltZtoc built = build(layer, ZtocOptions.DEFAULT.withDiffId());
        BuiltZtoc plain = build(tar, ZtocOptions.DEFAULT)) {
      assertThat(built.compression()).isEqualTo(Compression.GZIP);
      assertThat(built.layerDigest()).isEqualTo(sha256(layer));
      assertThat(built.diffId()).contains(sha256(tar));
      assertThat(built.layerSizeBytes()).isEqualTo(layer.length);
      assertThat(plain.compression()).isEqualTo(Compression.UNCOMPRESSED);
      assertThat(plain.layerDigest()).isEqualTo(sha256(tar));
      assertThat(plain.diffId()).contains(sha256(tar));
    }
  }

  @Test
  void manyWindowsWaitInAFileThatVanishes() throws IOException {
    byte[] tar = Layers.randomTar(new Random(2), 500, 60_000);
    byte[] layer =
        Layers.gzip(tar, 0, tar.length, 1, Deflater.DEFAULT_STRATEGY, Deflater.FULL_FLUSH, 0);
    Path spill = Files.createDirectory(directory.resolve("spill"));
    Path file = directory.resolve("ztoc");
    try (BuiltZtoc built =
        build(layer, ZtocOptions.DEFAULT.withSpanSize(1000).withSpillDirectory(spill))) {
      assertThat(built.sizeBytes()).isGreaterThan(9 << 20);
      built.writeTo(file);
      assertThat(sha256(Files.readAllBytes(file))).isEqualTo(built.digest());
      assertThat(Files.size(file)).isEqualTo(built.sizeBytes());
    }
    try (Stream<Path> left = Files.list(spill)) {
      assertThat(left).isEmpty();
    }
    try (Ztoc ztoc = Ztoc.open(file)) {
      byte[] window = new byte[Ztoc.WINDOW_BYTES];
      int span = ztoc.spans().count() - 1;
      ztoc.readWindow(span, window, 0);
      int end = (int) ztoc.spans().uncompressedStart(span);
      byte[] expected = new byte[Ztoc.WINDOW_BYTES];
      System.arraycopy(tar, end - expected.length, expected, 0, expected.length);
      assertThat(window).isEqualTo(expected);
    }
  }

  @Test
  void saysWhyALayerCannotBeIndexed() throws IOException {
    ZtocOptions options = ZtocOptions.DEFAULT;
    byte[] tar = Layers.randomTar(new Random(4), 20, 50_000);
    byte[] layer = Layers.gzip(tar);
    isRefused(new byte[0], options, "no bytes");
    isRefused(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0}, options, "zstd");
    isRefused(layer, options.withMaxUncompressedBytes(10_000), "10000 bytes");
    isRefused(tar, options.withMaxUncompressedBytes(10_000), "10000 bytes");
    isRefused(
        layer,
        new ZtocOptions(1 << 20, "tool", 1 << 30, 200, 3, directory, false),
        "more than 3 entries");
    isRefused(
        "this is no tar".repeat(100).getBytes(java.nio.charset.StandardCharsets.UTF_8),
        options,
        "checksum");
  }

  @Test
  void theBuildToolIsWrittenAndReadBack() throws IOException {
    byte[] tar = Layers.randomTar(new Random(6), 3, 500);
    Path file = directory.resolve("tool");
    try (BuiltZtoc built = build(tar, ZtocOptions.DEFAULT.withBuildTool("a tool of ours"))) {
      built.writeTo(file);
    }
    try (Ztoc ztoc = Ztoc.open(file)) {
      assertThat(ztoc.buildTool()).isEqualTo("a tool of ours");
    }
  }
}
