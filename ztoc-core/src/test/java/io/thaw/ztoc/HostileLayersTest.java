package io.thaw.ztoc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.tar.MalformedTarException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Layers made to hurt whoever indexes them.
class HostileLayersTest {
  private static final byte[] GZIP_HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};

  @TempDir Path directory;

  /// A header and then the same bytes for ever.
  private static final class Endless extends InputStream {
    private final byte[] first;
    private final byte[] again;
    private long position;

    Endless(byte[] first, byte[] again) {
      this.first = first;
      this.again = again;
    }

    @Override
    public int read() {
      long at = position++;
      return (at < first.length
              ? first[(int) at]
              : again[(int) ((at - first.length) % again.length)])
          & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      for (int i = 0; i < length; i++) {
        buffer[offset + i] = (byte) read();
      }
      return length;
    }
  }

  private BuiltZtoc build(InputStream layer) throws IOException {
    return build(layer, ZtocOptions.DEFAULT);
  }

  private BuiltZtoc build(InputStream layer, ZtocOptions options) throws IOException {
    return new ZtocBuilder(options.withSpillDirectory(directory)).build(layer);
  }

  private static byte[] zeros(int length) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try (Deflater deflater = new Deflater(9, true)) {
      deflater.setInput(new byte[length]);
      int count;
      do {
        count = deflater.deflate(buffer, 0, buffer.length, Deflater.FULL_FLUSH);
        out.write(buffer, 0, count);
      } while (count == buffer.length);
    }
    return out.toByteArray();
  }

  @Test
  void aBombOfZerosIsGivenUpAfterAGibibyteWhateverItsSize() throws IOException {
    Endless bomb = new Endless(GZIP_HEADER, zeros(4 << 20));
    assertThatThrownBy(() -> build(bomb))
        .isInstanceOf(LayerLimitException.class)
        .hasMessageContaining("more than 200 times its stored bytes")
        .hasMessageContaining("-Dthaw.maxExpansion=N");
    assertThat(bomb.position).isLessThan(2 << 20);
  }

  @Test
  void theLimitOnExpansionCanBeRaisedAndThenTheLimitOnBytesHolds() {
    Endless bomb = new Endless(GZIP_HEADER, zeros(4 << 20));
    ZtocOptions options =
        ZtocOptions.DEFAULT.withMaxExpansion(5000).withMaxUncompressedBytes(1200L << 20);
    assertThatThrownBy(() -> build(bomb, options))
        .isInstanceOf(LayerLimitException.class)
        .hasMessageContaining("more than 1258291200 bytes")
        .hasMessageContaining("-Dthaw.maxUncompressedBytes=N");
  }

  @Test
  void aFloodOfEmptyBlocksIsNotAFloodOfWindows() {
    Endless flood = new Endless(GZIP_HEADER, new byte[] {0, 0, 0, (byte) 0xff, (byte) 0xff});
    assertThatThrownBy(() -> build(flood))
        .isInstanceOf(LayerLimitException.class)
        .hasMessageContaining("more than 64 empty deflate blocks");
  }

  @Test
  void whatFollowsTheStreamIsAnErrorThatSaysWhere() throws IOException {
    byte[] layer = Layers.gzip(Layers.randomTar(new Random(3), 10, 3000));
    byte[] longer = Arrays.copyOf(layer, layer.length + 1024);
    assertThatThrownBy(() -> build(new ByteArrayInputStream(longer)))
        .isInstanceOfSatisfying(
            MalformedGzipException.class,
            e -> assertThat(e.offset()).isBetween((long) layer.length, layer.length + 2L))
        .hasMessageContaining("neither a gzip nor a zlib stream");
  }

  @Test
  void aLayerCutShortIsAnErrorThatSaysWhere() throws IOException {
    byte[] layer = Layers.gzip(Layers.randomTar(new Random(3), 10, 3000));
    byte[] shorter = Arrays.copyOf(layer, layer.length / 2);
    assertThatThrownBy(() -> build(new ByteArrayInputStream(shorter)))
        .isInstanceOfSatisfying(
            MalformedGzipException.class, e -> assertThat(e.offset()).isEqualTo(shorter.length))
        .hasMessageContaining("ends too early");
  }

  @Test
  void namesThatAreNotUtf8AreKeptByteForByte() throws IOException {
    String name = "caf\u00e9/\u00ff\u0080";
    String target = "\u00fe\u00ff";
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(Layers.header(name, '2', 0, target));
    tar.writeBytes(new byte[1024]);
    Path file = directory.resolve("ztoc");
    try (BuiltZtoc built = build(new ByteArrayInputStream(tar.toByteArray()))) {
      built.writeTo(file);
    }
    try (Ztoc ztoc = Ztoc.open(file)) {
      assertThat(ztoc.toc().name(0)).isEqualTo(name.getBytes(ISO_8859_1));
      assertThat(ztoc.toc().linkName(0)).isEqualTo(target.getBytes(ISO_8859_1));
    }
  }

  @Test
  void anEntryWithMorePaxRecordsThanAReaderTakesIsRefused() {
    StringBuilder records = new StringBuilder();
    for (int i = 0; i < 65_537; i++) {
      records.append("12 k").append(100_000 + i).append("=\n");
    }
    byte[] body = records.toString().getBytes(ISO_8859_1);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(Layers.header("pax", 'x', body.length, ""));
    tar.writeBytes(body);
    tar.writeBytes(new byte[-body.length & 511]);
    tar.writeBytes(Layers.header("file", '0', 0, ""));
    assertThatThrownBy(() -> build(new ByteArrayInputStream(tar.toByteArray())))
        .isInstanceOf(LayerLimitException.class)
        .hasMessageContaining("65537 PAX records");
  }

  @Test
  void aNameLongerThanAHeaderMayBeIsRefusedBeforeItIsRead() {
    Endless endless =
        new Endless(Layers.header("././@LongLink", 'L', (1 << 20) + 1, ""), new byte[] {'n'});
    assertThatThrownBy(() -> build(endless))
        .isInstanceOf(MalformedTarException.class)
        .hasMessageContaining("more than 1048576");
    assertThat(endless.position).isLessThan(1 << 20);
  }

  @Test
  void aGlobalHeaderChangesNothing() throws IOException {
    byte[] body = "20 path=not/so/fast\n".getBytes(ISO_8859_1);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(Layers.header("pax_global_header", 'g', body.length, ""));
    tar.writeBytes(body);
    tar.writeBytes(new byte[-body.length & 511]);
    tar.writeBytes(Layers.header("file", '0', 0, ""));
    tar.writeBytes(new byte[1024]);
    TocBuilder entries = Toc.builder();
    new ZtocBuilder(ZtocOptions.DEFAULT)
        .build(new ByteArrayInputStream(tar.toByteArray()), entries::add)
        .close();
    Toc toc = entries.build();
    assertThat(toc.count()).isEqualTo(1);
    assertThat(toc.nameText(0)).isEqualTo("file");
    assertThat(toc.dataOffset(0)).isEqualTo(1536);
  }

  @Test
  void oneBuildFitsAnyHeapAndMoreOnlyWhatIsLeft() {
    assertThat(ZtocBuilder.buildsThatFit(64L << 20, 8)).isEqualTo(1);
    assertThat(ZtocBuilder.buildsThatFit(256L << 20, 8)).isEqualTo(4);
    assertThat(ZtocBuilder.buildsThatFit(8L << 30, 8)).isEqualTo(8);
  }
}
