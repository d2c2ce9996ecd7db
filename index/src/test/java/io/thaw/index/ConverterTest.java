package io.thaw.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.LayoutWriter;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.Scratch;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.LayoutTarget;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConverterTest {
  static final ConvertOptions GOLDEN_OPTIONS =
      ConvertOptions.DEFAULT
          .withSpanSize(262_144)
          .withMinLayerSize(50_000)
          .withPrefetchFiles(List.of("/opt/big.bin", "/d02/f00002.txt"))
          .withThreads(2);
  private static final Descriptor GZIP_LAYER = TestLayouts.GZIP_LAYER;

  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource
  void reproducesWhatSociMadeBlobForBlob(LayoutFormat format) throws IOException {
    Path result = dir.resolve("result");
    ConvertReport report = convert(Golden.LAYOUT, result, format, GOLDEN_OPTIONS);

    assertSameAsGolden(result);
    assertThat(report.indexedLayers()).isEqualTo(3);
    assertThat(report.skippedLayers()).isEqualTo(1);
    assertThat(report.notes()).isEmpty();
    assertThat(report.platforms().getFirst().manifest()).isEqualTo(Golden.IMAGE);
    assertThat(report.platforms().getFirst().layers().get(2).outcome())
        .isEqualTo(new ConvertReport.Skipped("6250 bytes, less than the minimum of 50000"));
    assertThat(report.platforms().getFirst().layers().get(3).outcome())
        .isInstanceOfSatisfying(
            ConvertReport.Indexed.class,
            indexed -> assertThat(indexed.prefetchSpans()).isEqualTo(3));
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void readsAnArchiveAsWellAsADirectory() throws IOException {
    Path archive = dir.resolve("source.tar");
    try (OciLayout layout = OciLayout.open(Golden.LAYOUT)) {
      Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
      for (Digest digest : layout.blobs()) {
        blobs.put(digest, BlobContent.of(layout, digest));
      }
      LayoutWriter.write(archive, LayoutFormat.OCI_ARCHIVE, layout.index(), blobs);
    }
    Path result = dir.resolve("result");
    convert(archive, result, LayoutFormat.OCI_DIR, GOLDEN_OPTIONS);
    assertSameAsGolden(result);
  }

  @Test
  void convertingAConvertedImageChangesNothing() throws IOException {
    Path once = dir.resolve("once");
    convert(Golden.LAYOUT, once, LayoutFormat.OCI_DIR, GOLDEN_OPTIONS);
    convert(once, once, LayoutFormat.OCI_DIR, GOLDEN_OPTIONS);
    assertSameAsGolden(once);
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void replacesAnIndexMadeWithOtherOptions() throws IOException {
    Path result = dir.resolve("result");
    convert(Golden.CONVERTED, result, LayoutFormat.OCI_DIR, GOLDEN_OPTIONS.withSpanSize(65_536));
    try (OciLayout layout = OciLayout.open(result)) {
      ImageIndex index = imageIndex(layout);
      assertThat(index.manifests()).hasSize(2);
      Digest soci = index.manifests().get(1).digest();
      assertThat(soci).isNotEqualTo(Golden.SOCI_INDEX);
      assertThat(index.manifests().getFirst().annotations())
          .containsEntry(SociMediaTypes.INDEX_DIGEST, soci.toString());
    }
  }

  @Test
  void indexesEveryPlatformAndLeavesAttestationsAlone() throws IOException {
    Path source = TestLayouts.multiPlatform(dir);
    Path result = dir.resolve("result");
    ConvertReport report =
        convert(source, result, LayoutFormat.OCI_DIR, GOLDEN_OPTIONS.withPrefetchFiles(List.of()));

    assertThat(report.platforms())
        .extracting(platform -> platform.platform().toString())
        .containsExactly("linux/amd64", "linux/arm64/v8");
    try (OciLayout layout = OciLayout.open(result)) {
      List<OciDescriptor> manifests = imageIndex(layout).manifests();
      assertThat(manifests)
          .extracting(OciDescriptor::mediaType)
          .containsOnly(MediaTypes.OCI_MANIFEST);
      assertThat(manifests).hasSize(5);
      assertThat(manifests.get(2).annotations()).containsKey("vnd.docker.reference.type");
      for (int i = 0; i < 2; i++) {
        ImageManifest image = layout.manifest(manifests.get(i).target());
        assertThat(image.config().mediaType()).isEqualTo(MediaTypes.OCI_CONFIG);
        OciDescriptor soci = manifests.get(3 + i);
        assertThat(image.annotations())
            .containsEntry(SociMediaTypes.INDEX_DIGEST, soci.digest().toString());
        assertThat(soci.artifactType()).contains(SociMediaTypes.INDEX_V2);
        assertThat(soci.platform()).isEqualTo(manifests.get(i).platform());
        assertThat(soci.annotations())
            .containsEntry(
                SociMediaTypes.IMAGE_MANIFEST_DIGEST, manifests.get(i).digest().toString());
        SociIndex index = SociIndexReader.read(layout.bytes(soci.target(), 1 << 20));
        assertThat(index.ztocOf(GZIP_LAYER.digest())).isPresent();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesTheSameBytesEveryTime(LayoutFormat format) throws IOException {
    Path source = TestLayouts.multiPlatform(dir);
    Path first = dir.resolve("first");
    Path second = dir.resolve("second");
    convert(source, first, format, GOLDEN_OPTIONS);
    convert(source, second, format, GOLDEN_OPTIONS.withThreads(1).withForce(true));
    assertThat(content(second)).isEqualTo(content(first));
  }

  @Test
  void leavesPlatformsTheSourceLacksListed() throws IOException {
    try (ImageSource source =
            new WithoutPlatform(TestLayouts.multiPlatform(dir), Platform.of("linux", "amd64"));
        Scratch scratch = Scratch.beside(dir.resolve("result"))) {
      OciDescriptor absent = source.index(source.root().target()).manifests().getFirst();
      Conversion conversion =
          new Converter(GOLDEN_OPTIONS, ConvertProgress.NONE).convert(source, scratch.directory());

      assertThat(conversion.report().platforms())
          .extracting(platform -> platform.platform().toString())
          .containsExactly("linux/arm64/v8");
      ImageContent content = conversion.content();
      assertThat(OciReader.index(content.manifests().get(content.root().target())).manifests())
          .startsWith(absent);
      assertThat(content.manifests()).doesNotContainKey(absent.target());
    }
  }

  @Test
  void indexesOnlyTheWantedPlatform() throws IOException {
    Path result = dir.resolve("result");
    ConvertReport report =
        convert(
            TestLayouts.multiPlatform(dir),
            result,
            LayoutFormat.OCI_DIR,
            GOLDEN_OPTIONS.withPlatforms(List.of(Platform.parse("linux/arm64"))));
    assertThat(report.platforms()).hasSize(1);
    assertThatThrownBy(
            () ->
                convert(
                    dir.resolve("multi"),
                    dir.resolve("other"),
                    LayoutFormat.OCI_DIR,
                    GOLDEN_OPTIONS.withPlatforms(List.of(Platform.parse("linux/s390x")))))
        .hasMessageContaining("linux/s390x")
        .hasMessageContaining("linux/amd64");
  }

  @Test
  void saysWhyNothingWasIndexedAndWritesNothing() {
    Path result = dir.resolve("result");
    assertThatThrownBy(
            () -> convert(Golden.LAYOUT, result, LayoutFormat.OCI_DIR, ConvertOptions.DEFAULT))
        .isInstanceOf(NothingToIndexException.class)
        .hasMessageContaining("812127 bytes, less than the minimum of 10485760");
    assertThat(result).doesNotExist();
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void skipsLayersAZtocCannotDescribe() throws IOException {
    byte[] blob = "no tar at all ".repeat(100).getBytes(UTF_8);
    Digest digest = Digest.sha256(blob);
    List<Descriptor> layers =
        List.of(
            GZIP_LAYER,
            new Descriptor("application/vnd.oci.image.layer.v1.tar+zstd", digest, blob.length),
            new Descriptor("application/vnd.in-toto+json", digest, blob.length),
            new Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", digest, blob.length));
    Path source =
        TestLayouts.layout(dir, "odd", Map.of(digest, BlobContent.of(blob)), List.of(layers));
    ConvertReport report =
        convert(
            source,
            dir.resolve("result"),
            LayoutFormat.OCI_DIR,
            GOLDEN_OPTIONS.withMinLayerSize(0));
    assertThat(report.platforms().getFirst().layers().stream().map(l -> l.outcome()).toList())
        .satisfiesExactly(
            first -> assertThat(first).isInstanceOf(ConvertReport.Indexed.class),
            second -> assertThat(second.toString()).contains("zstd"),
            third -> assertThat(third.toString()).contains("no container layer"),
            fourth -> assertThat(fourth.toString()).contains("cannot be indexed"));
  }

  @Test
  void stopsAtADamagedLayer() throws IOException {
    byte[] wrong = new byte[371_300];
    Path source =
        TestLayouts.layout(
            dir,
            "damaged",
            Map.of(GZIP_LAYER.digest(), BlobContent.of(wrong)),
            List.of(List.of(GZIP_LAYER)));
    assertThatThrownBy(
            () -> convert(source, dir.resolve("r"), LayoutFormat.OCI_DIR, GOLDEN_OPTIONS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(GZIP_LAYER.digest().toString())
        .hasMessageContaining("is damaged");
    assertThat(dir.resolve("r")).doesNotExist();
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void notesPrefetchFilesNobodyHas() throws IOException {
    ConvertReport report =
        convert(
            Golden.LAYOUT,
            dir.resolve("result"),
            LayoutFormat.OCI_DIR,
            GOLDEN_OPTIONS.withPrefetchFiles(List.of("/opt/big.bin", "no/such")));
    assertThat(report.notes()).containsExactly("prefetch file /no/such is in no indexed layer");
  }

  private void assertSameAsGolden(Path result) throws IOException {
    try (OciLayout golden = OciLayout.open(Golden.CONVERTED);
        OciLayout layout = OciLayout.open(result)) {
      assertThat(new String(layout.indexBytes(), UTF_8))
          .isEqualTo(new String(golden.indexBytes(), UTF_8));
      assertThat(Golden.blobs(layout)).isEqualTo(Golden.blobs(golden));
    }
  }

  private static ConvertReport convert(
      Path source, Path destination, LayoutFormat format, ConvertOptions options)
      throws IOException {
    LayoutTarget target = LayoutTarget.at(destination, format);
    try (LayoutSource image = LayoutSource.open(source);
        Scratch scratch = Scratch.beside(destination)) {
      Conversion conversion =
          new Converter(options, ConvertProgress.NONE).convert(image, scratch.directory());
      target.write(conversion.content());
      return conversion.report();
    }
  }

  private static ImageIndex imageIndex(OciLayout layout) throws IOException {
    return layout.index(layout.index().manifests().getFirst().target());
  }

  /// Every file of a layout with its bytes.
  private static Map<String, String> content(Path layout) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (var files = Files.walk(layout)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        content.put(
            layout.relativize(file).toString(), Digest.sha256(Files.readAllBytes(file)).hex());
      }
    }
    return content;
  }

  /// A layout of which one platform was not pulled.
  private static final class WithoutPlatform extends CountingSource {
    private final Platform absent;

    WithoutPlatform(Path layout, Platform absent) throws IOException {
      super(LayoutSource.open(layout));
      this.absent = absent;
    }

    @Override
    public boolean holds(Descriptor descriptor) throws IOException {
      return index(root().target()).manifests().stream()
          .filter(entry -> entry.target().equals(descriptor))
          .noneMatch(entry -> entry.platform().filter(absent::matches).isPresent());
    }
  }

  private List<Path> leftovers() {
    try (var files = Files.list(dir)) {
      return files.filter(file -> file.getFileName().toString().startsWith(".")).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
