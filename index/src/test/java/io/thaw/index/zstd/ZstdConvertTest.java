package io.thaw.index.zstd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.Conversion;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertProgress;
import io.thaw.index.ConvertReport;
import io.thaw.index.ConvertReport.LayerOutcome;
import io.thaw.index.Converter;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndexReader;
import io.thaw.index.SociIndexWriter;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.LayoutWriter;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.Scratch;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.LayoutTarget;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.Compression;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Images with zstd layers, and what their indexes say to whom.
class ZstdConvertTest {
  private static final String ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
  private static final ConvertOptions OPTIONS =
      ConvertOptions.DEFAULT.withSpanSize(100_000).withMinLayerSize(0).withThreads(2);

  @TempDir Path dir;
  private final Map<Digest, BlobContent> blobs = new HashMap<>();
  private final List<Descriptor> layers = new ArrayList<>();
  private int results;

  private Descriptor layer(String mediaType, byte[] bytes) {
    Descriptor layer = put(mediaType, bytes);
    layers.add(layer);
    return layer;
  }

  private Descriptor put(String mediaType, byte[] bytes) {
    Digest digest = Digest.sha256(bytes);
    blobs.put(digest, BlobContent.of(bytes));
    return new Descriptor(mediaType, digest, bytes.length);
  }

  private Path layout() throws IOException {
    Descriptor config =
        put(MediaTypes.OCI_CONFIG, "{\"architecture\":\"amd64\",\"os\":\"linux\"}".getBytes(UTF_8));
    ImageManifest manifest =
        new ImageManifest(
            MediaTypes.OCI_MANIFEST,
            Optional.empty(),
            OciDescriptor.of(config),
            layers.stream().map(OciDescriptor::of).toList(),
            Optional.empty(),
            new TreeMap<>());
    Descriptor image = put(MediaTypes.OCI_MANIFEST, OciWriter.write(manifest));
    Path layout = dir.resolve("layout");
    LayoutWriter.write(
        layout, LayoutFormat.OCI_DIR, ImageIndex.of(List.of(OciDescriptor.of(image))), blobs);
    return layout;
  }

  private ConvertReport convert(Path source, ConvertOptions options) throws IOException {
    Path destination = dir.resolve("result" + ++results);
    LayoutTarget target = LayoutTarget.at(destination, LayoutFormat.OCI_DIR);
    try (LayoutSource image = LayoutSource.open(source);
        Scratch scratch = Scratch.beside(destination)) {
      Conversion conversion =
          new Converter(options, ConvertProgress.NONE).convert(image, scratch.directory());
      target.write(conversion.content());
      return conversion.report();
    }
  }

  private byte[] blob(Digest digest) throws IOException {
    try (OciLayout layout = OciLayout.open(dir.resolve("result" + results));
        InputStream in = layout.blob(digest)) {
      return in.readAllBytes();
    }
  }

  private byte[] index(ConvertReport report) throws IOException {
    return blob(report.platforms().getFirst().index().orElseThrow());
  }

  private static List<LayerOutcome> outcomes(ConvertReport report) {
    return report.platforms().getFirst().layers().stream().map(l -> l.outcome()).toList();
  }

  @Test
  void eachLayerIsIndexedOrHasAReason() throws IOException {
    byte[] tar = ZstdLayers.tar(new Random(1), 50, 30_000);
    layer("application/vnd.oci.image.layer.v1.tar", tar);
    layer(ZSTD, ZstdLayers.chunked(tar));
    layer(ZSTD, ZstdLayers.frame(tar));
    layer("application/vnd.docker.image.rootfs.diff.tar.zstd", ZstdLayers.seekable(tar, 50_000));
    layer("application/vnd.docker.image.rootfs.diff.tar", ZstdLayers.seekable(tar, 70_000));
    layer(ZSTD, "neither zstd nor tar".getBytes(UTF_8));
    ConvertReport report = convert(layout(), OPTIONS);
    assertThat(outcomes(report))
        .satisfiesExactly(
            plain -> assertThat(plain).isInstanceOf(ConvertReport.Indexed.class),
            chunked -> assertThat(chunked).isInstanceOf(ConvertReport.Indexed.class),
            single ->
                assertThat(single)
                    .isInstanceOfSatisfying(
                        ConvertReport.Skipped.class,
                        skipped ->
                            assertThat(skipped.reason())
                                .startsWith("will be pulled eagerly: it is a single zstd frame")),
            docker -> assertThat(docker).isInstanceOf(ConvertReport.Indexed.class),
            mislabelled -> assertThat(mislabelled).isInstanceOf(ConvertReport.Indexed.class),
            broken ->
                assertThat(broken.toString())
                    .contains("cannot be indexed: Malformed zstd at compressed offset 0"));
  }

  @Test
  void onlyThawsNamesTellAReaderOfAZstdLayer() throws IOException {
    byte[] tar = ZstdLayers.tar(new Random(2), 50, 30_000);
    Descriptor plain = layer("application/vnd.oci.image.layer.v1.tar", tar);
    Descriptor zstd = layer(ZSTD, ZstdLayers.chunked(ZstdLayers.tar(new Random(3), 20, 30_000)));
    ConvertReport report =
        convert(layout(), OPTIONS.withPrefetchFiles(List.of("/dir1/file1", "/dir4/file44")));
    byte[] json = index(report);
    ImageManifest manifest = OciReader.manifest(json);
    assertThat(manifest.layers())
        .extracting(OciDescriptor::mediaType)
        .containsExactly(
            "application/octet-stream",
            "application/vnd.thaw.ztoc.zstd.v1",
            "application/vnd.amazon.soci.prefetch.v1+json",
            "application/vnd.amazon.soci.prefetch.v1+json");
    for (OciDescriptor blob : manifest.layers()) {
      boolean forZstd =
          zstd.digest().toString().equals(blob.annotations().get("io.thaw.image-layer-digest"));
      assertThat(blob.annotations().containsKey("com.amazon.soci.image-layer-digest"))
          .isEqualTo(!forZstd);
      if (forZstd) {
        assertThat(blob.annotations().keySet()).noneMatch(name -> name.startsWith("com.amazon"));
      }
    }
    SociIndex index = SociIndexReader.read(json);
    assertThat(index.ztocs()).hasSize(2);
    assertThat(index.ztocOf(zstd.digest()).orElseThrow().layerMediaType()).isEqualTo(ZSTD);
    assertThat(index.ztocOf(zstd.digest()).orElseThrow().spanSizeBytes()).hasValue(100_000);
    assertThat(index.prefetchesOf(zstd.digest())).hasSize(1);
    assertThat(index.prefetchesOf(plain.digest())).hasSize(1);
    assertThat(SociIndexWriter.write(index)).isEqualTo(json);
  }

  @Test
  void theZtocOfTheIndexDescribesTheLayer() throws IOException {
    byte[] tar = ZstdLayers.tar(new Random(4), 50, 30_000);
    Descriptor zstd = layer(ZSTD, ZstdLayers.seekable(tar, 60_000));
    ConvertReport report = convert(layout(), OPTIONS);
    SociIndex.ZtocRef ref = SociIndexReader.read(index(report)).ztocOf(zstd.digest()).orElseThrow();
    Path file = Files.write(dir.resolve("ztoc"), blob(ref.ztoc().digest()));
    try (Ztoc ztoc = Ztoc.open(file)) {
      assertThat(ztoc.compression()).isEqualTo(Compression.ZSTD);
      assertThat(ztoc.toc().count()).isEqualTo(50);
      assertThat(ztoc.compressedSizeBytes()).isEqualTo(zstd.sizeBytes());
    }
  }

  @Test
  void convertingAgainTakesTheZtocOverAndChangesNothing() throws IOException {
    layer(ZSTD, ZstdLayers.seekable(ZstdLayers.tar(new Random(5), 50, 30_000), 60_000));
    ConvertReport first = convert(layout(), OPTIONS);
    ConvertReport second = convert(dir.resolve("result1"), OPTIONS);
    assertThat(second.image()).isEqualTo(first.image());
    assertThat(index(second)).isNotEmpty();
  }
}
