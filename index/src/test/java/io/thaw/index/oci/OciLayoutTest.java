package io.thaw.index.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.registry.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OciLayoutTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("thaw.testdata")).resolve("golden/layout-converted");

  @TempDir Path dir;
  private Map<Digest, BlobContent> content;

  @BeforeEach
  void readGolden() throws IOException {
    content = new LinkedHashMap<>();
    try (OciLayout layout = OciLayout.open(GOLDEN)) {
      for (Digest digest : layout.blobs()) {
        content.put(digest, BlobContent.of(layout, digest));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsBackWhatItWrote(LayoutFormat format) throws IOException {
    Path copy = write("copy", format);
    try (OciLayout golden = OciLayout.open(GOLDEN);
        OciLayout layout = OciLayout.open(copy)) {
      assertThat(layout.indexBytes()).isEqualTo(golden.indexBytes());
      assertThat(layout.blobs()).isEqualTo(golden.blobs()).hasSize(14);
      for (Digest digest : golden.blobs()) {
        assertThat(layout.sizeBytes(digest)).isEqualTo(golden.sizeBytes(digest));
        assertThat(layout.bytes(digest, 4 << 20)).isEqualTo(golden.bytes(digest, 4 << 20));
      }
    }
  }

  @Test
  void writesTheSameArchiveTwice() throws IOException {
    assertThat(write("a", LayoutFormat.OCI_ARCHIVE))
        .hasSameBinaryContentAs(write("b", LayoutFormat.OCI_ARCHIVE));
  }

  @ParameterizedTest
  @EnumSource
  void reportsADamagedBlobWhenItIsRead(LayoutFormat format) throws IOException {
    Digest digest = Digest.sha256("right".getBytes(UTF_8));
    content.put(digest, BlobContent.of("wrong".getBytes(UTF_8)));
    try (OciLayout layout = OciLayout.open(write("damaged", format))) {
      assertThatThrownBy(() -> layout.bytes(digest, 100))
          .hasMessageContaining(digest.toString())
          .hasMessageContaining("is damaged")
          .hasMessageContaining(Digest.sha256("wrong".getBytes(UTF_8)).toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void reportsAMissingBlob(LayoutFormat format) throws IOException {
    try (OciLayout layout = OciLayout.open(write("copy", format))) {
      Digest digest = Digest.sha256(new byte[3]);
      assertThat(layout.contains(digest)).isFalse();
      assertThatThrownBy(() -> layout.blob(digest)).hasMessageContaining(digest.toString());
    }
  }

  @Test
  void boundsTheSizeOfDocuments() throws IOException {
    try (OciLayout layout = OciLayout.open(GOLDEN)) {
      Digest large = layout.blobs().getFirst();
      assertThatThrownBy(() -> layout.bytes(large, 10)).hasMessageContaining("at most 10");
    }
  }

  @Test
  void saysWhatIsNotALayout() throws IOException {
    assertThatThrownBy(() -> OciLayout.open(dir.resolve("nothing")))
        .hasMessageContaining("no such file or directory");
    assertThatThrownBy(() -> OciLayout.open(dir)).hasMessageContaining("no file oci-layout");
    Path text = Files.writeString(dir.resolve("text"), "hello ".repeat(500));
    assertThatThrownBy(() -> OciLayout.open(text)).isInstanceOf(IOException.class);
    Path empty = Files.createFile(dir.resolve("empty"));
    assertThatThrownBy(() -> OciLayout.open(empty)).isInstanceOf(IOException.class);
  }

  @Test
  void tellsHowToOpenACompressedArchive() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(Files.readAllBytes(write("a.tar", LayoutFormat.OCI_ARCHIVE)));
    }
    Path compressed = Files.write(dir.resolve("a.tar.gz"), bytes.toByteArray());
    assertThatThrownBy(() -> OciLayout.open(compressed)).hasMessageContaining("gunzip");
  }

  @Test
  void namesThePlaceInAMalformedIndex() throws IOException {
    Path copy = write("copy", LayoutFormat.OCI_DIR);
    Files.writeString(copy.resolve("index.json"), "{\"schemaVersion\":1,\"manifests\":[]}");
    try (OciLayout layout = OciLayout.open(copy)) {
      assertThatThrownBy(layout::index)
          .hasMessageContaining("index.json of " + copy)
          .hasMessageContaining("$.schemaVersion is 1");
    }
  }

  @Test
  void refusesALayoutOfAnotherGeneration() throws IOException {
    Path copy = write("copy", LayoutFormat.OCI_DIR);
    Files.writeString(copy.resolve("oci-layout"), "{\"imageLayoutVersion\":\"2.0.0\"}");
    assertThatThrownBy(() -> OciLayout.open(copy)).hasMessageContaining("version 2.0.0");
  }

  @Test
  void findsTheImageWhateverShapeTheIndexHas() throws IOException {
    try (OciLayout layout = OciLayout.open(GOLDEN)) {
      OciDescriptor list = layout.index().manifests().getFirst();
      assertThat(LayoutRoot.of(layout)).isEqualTo(new LayoutRoot(list, Map.of()));

      ImageIndex flat = layout.index(list.target());
      OciDescriptor absent =
          OciDescriptor.of(MediaTypes.OCI_MANIFEST, Digest.sha256(new byte[9]), 9);
      assertRoot(flat.manifests().subList(0, 1), flat.manifests().getFirst(), 0);
      assertRoot(List.of(flat.manifests().getFirst(), absent), flat.manifests().getFirst(), 0);
    }
  }

  @Test
  void makesAnIndexOfManifestsListedSideBySide() throws IOException {
    try (OciLayout layout = OciLayout.open(GOLDEN)) {
      ImageIndex flat = layout.index(layout.index().manifests().getFirst().target());
      Path copy = dir.resolve("flat");
      LayoutWriter.write(copy, LayoutFormat.OCI_DIR, flat, content);
      try (OciLayout other = OciLayout.open(copy)) {
        LayoutRoot root = LayoutRoot.of(other);
        assertThat(root.isIndex()).isTrue();
        assertThat(root.created()).hasSize(1);
        assertThat(root.index(other).manifests()).isEqualTo(flat.manifests());
      }
    }
  }

  @Test
  void refusesADestinationThatHoldsSomethingElse() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "precious");
    Path full = Files.createDirectory(dir.resolve("full"));
    Files.writeString(full.resolve("thesis.tex"), "precious");
    Path empty = Files.createDirectory(dir.resolve("empty"));

    assertThatThrownBy(() -> LayoutWriter.checkDestination(full, LayoutFormat.OCI_DIR))
        .hasMessageContaining("must not replace");
    assertThatThrownBy(() -> LayoutWriter.checkDestination(full, LayoutFormat.OCI_ARCHIVE))
        .hasMessageContaining("must not replace");
    assertThatThrownBy(() -> LayoutWriter.checkDestination(file, LayoutFormat.OCI_DIR))
        .hasMessageContaining("must not replace");
    LayoutWriter.checkDestination(empty, LayoutFormat.OCI_DIR);
    LayoutWriter.checkDestination(file, LayoutFormat.OCI_ARCHIVE);
    LayoutWriter.checkDestination(dir.resolve("new"), LayoutFormat.OCI_DIR);
  }

  private void assertRoot(List<OciDescriptor> manifests, OciDescriptor root, int created)
      throws IOException {
    Path copy = Files.createTempDirectory(dir, "layout").resolve("l");
    LayoutWriter.write(copy, LayoutFormat.OCI_DIR, ImageIndex.of(manifests), content);
    try (OciLayout layout = OciLayout.open(copy)) {
      LayoutRoot found = LayoutRoot.of(layout);
      assertThat(found.descriptor()).isEqualTo(root);
      assertThat(found.created()).hasSize(created);
    }
  }

  private Path write(String name, LayoutFormat format) throws IOException {
    Path target = dir.resolve(name);
    try (OciLayout golden = OciLayout.open(GOLDEN)) {
      LayoutWriter.write(target, format, golden.index(), content);
    }
    return target;
  }
}
