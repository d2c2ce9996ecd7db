package io.thaw.cli.analyze.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.cli.analyze.TarLayer;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerReaderTest {
  private static final Path GOLDEN = Path.of(System.getProperty("thaw.testdata"), "golden");
  private static final long SPAN = 1 << 16;

  @TempDir Path scratch;

  @ParameterizedTest
  @ValueSource(strings = {"gnu-6.tar.gz", "pax-multi.tar.gz", "pax-stored.tar.gz", "gnu.tar"})
  void findsTheSpansAndFilesOfTheZtoc(String name) throws IOException {
    byte[] stored = Files.readAllBytes(GOLDEN.resolve(name));
    LayerContents read = read(stored);
    try (BuiltZtoc ztoc =
        new ZtocBuilder(ZtocOptions.DEFAULT.withSpanSize(SPAN))
            .build(new ByteArrayInputStream(stored))) {
      SpanTable expected = ztoc.spans();
      SpanRanges spans = read.spans().orElseThrow();
      assertThat(spans.count()).isEqualTo(expected.count()).isGreaterThan(3);
      for (int span = 0; span < expected.count(); span++) {
        assertThat(spans.compressedStart(span)).isEqualTo(expected.compressedStart(span));
        assertThat(spans.compressedEnd(span)).isEqualTo(expected.compressedEnd(span));
      }
      for (long at = 0; at < expected.uncompressedSizeBytes(); at += 7919) {
        assertThat(spans.spanOf(at)).isEqualTo(expected.spanOf(at));
      }
      assertThat(read.toc().count()).isEqualTo(ztoc.entryCount());
      assertThat(read.storedBytes()).isEqualTo(stored.length);
      assertThat(read.tarBytes()).isEqualTo(expected.uncompressedSizeBytes());
    }
  }

  @Test
  void hashesContentsWhereverThePiecesOfTheTarEnd() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    TarLayer layer = new TarLayer();
    byte[][] contents = new byte[200][];
    for (int i = 0; i < contents.length; i++) {
      contents[i] = new byte[1 + random.nextInt(i % 20 == 0 ? 300_000 : 2000)];
      random.nextBytes(contents[i]);
      layer.file("f" + i, contents[i]);
    }
    byte[] plain = layer.plain();
    for (byte[] stored :
        new byte[][] {plain, TarLayer.gzip(plain), com.github.luben.zstd.Zstd.compress(plain)}) {
      LayerContents read = read(stored);
      for (int i = 0; i < contents.length; i++) {
        byte[] digest = io.thaw.registry.Digest.sha256(contents[i]).raw();
        assertThat(read.hashes().high(i)).isEqualTo(java.nio.ByteBuffer.wrap(digest).getLong());
        assertThat(read.hashes().low(i)).isEqualTo(java.nio.ByteBuffer.wrap(digest).getLong(8));
      }
    }
  }

  @Test
  void keepsPackageDatabasesAndNothingElse() throws IOException {
    LayerContents read =
        read(
            new TarLayer()
                .file("./var/lib/dpkg/status", "one")
                .file("var/lib/dpkg/status-old", "no")
                .file("opt/x-1.dist-info/RECORD", "two")
                .file("app/RECORD", "no")
                .file("etc/ld.so.conf.d/a.conf", "three")
                .gzip());
    assertThat(read.documents()).containsOnlyKeys(0, 2, 4);
    try (InputStream in = read.documents().get(2).open()) {
      assertThat(in.readAllBytes()).asString().isEqualTo("two");
    }
  }

  @Test
  void saysWhereABrokenLayerEndsAndKeepsWhatCameBefore() throws IOException {
    byte[] stored = new TarLayer().file("a", "1").file("b", new byte[500_000]).gzip();
    for (byte[] broken :
        new byte[][] {
          Arrays.copyOf(stored, stored.length - 20), Arrays.copyOf(stored, stored.length + 20)
        }) {
      LayerContents read = read(broken);
      assertThat(read.problem()).isPresent();
      assertThat(read.toc().nameText(0)).isEqualTo("a");
      assertThat(read.storedBytes()).isEqualTo(broken.length);
    }
    byte[] zstd = new TarLayer().file("a", "1").zstd();
    assertThat(read(Arrays.copyOf(zstd, zstd.length - 5)).problem()).isPresent();
  }

  @Test
  void aSourceThatFailsIsNoBrokenLayer() {
    byte[] stored = new TarLayer().file("a", "1").gzip();
    InputStream failing =
        new ByteArrayInputStream(stored) {
          @Override
          public synchronized int read(byte[] buffer, int offset, int length) {
            int n = super.read(buffer, offset, length);
            if (n < 0) {
              throw new java.io.UncheckedIOException(new IOException("wrong digest"));
            }
            return n;
          }
        };
    assertThatThrownBy(() -> reader().read(failing, new DocumentSpool(scratch)))
        .hasMessageContaining("wrong digest");
  }

  private LayerReader reader() {
    return new LayerReader(new LayerReader.Options(SPAN, false));
  }

  private LayerContents read(byte[] stored) throws IOException {
    return reader().read(new ByteArrayInputStream(stored), new DocumentSpool(scratch));
  }
}
