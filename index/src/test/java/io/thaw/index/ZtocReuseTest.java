package io.thaw.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.ZtocSupply.SuppliedZtoc;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistrySource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When a zTOC that was made earlier is used again, and when not.
class ZtocReuseTest {
  @TempDir Path dir;
  private SociIndex golden;

  @BeforeEach
  void readTheGoldenIndex() throws IOException {
    golden = SociIndexReader.read(Golden.document(Golden.SOCI_INDEX));
  }

  @Test
  void readsNoLayerOfAnImageThatIsConvertedAlready() throws IOException {
    try (CountingSource source = new CountingSource(LayoutSource.open(Golden.CONVERTED))) {
      ConvertReport report = convert(source, ConverterTest.GOLDEN_OPTIONS, ZtocSupply.NONE);
      assertThat(report.reusedLayers()).isEqualTo(3);
      assertThat(source.opened)
          .containsExactlyInAnyOrderElementsOf(
              golden.ztocs().stream().map(ref -> ref.ztoc().digest()).toList());
    }
  }

  @Test
  void readsAllLayersWhenNewZtocsAreForced() throws IOException {
    try (CountingSource source = new CountingSource(LayoutSource.open(Golden.CONVERTED))) {
      ConvertReport report =
          convert(source, ConverterTest.GOLDEN_OPTIONS.withForce(true), ZtocSupply.NONE);
      assertThat(report.reusedLayers()).isZero();
      assertThat(source.opened)
          .containsExactlyInAnyOrderElementsOf(
              golden.ztocs().stream().map(SociIndex.ZtocRef::layerDigest).toList());
    }
  }

  @Test
  void asksTheSupplyFirst() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    try (CountingSource source = new CountingSource(LayoutSource.open(Golden.LAYOUT))) {
      ConvertReport report =
          convert(
              source,
              ConverterTest.GOLDEN_OPTIONS,
              (layer, spanSize) -> {
                asked.incrementAndGet();
                return supplied(layer);
              });
      assertThat(report.reusedLayers()).isEqualTo(3);
      assertThat(report.image().digest()).isEqualTo(goldenImage());
      assertThat(source.opened).isEmpty();
    }
    assertThat(asked).hasValue(3);
  }

  @Test
  void buildsAnewWhatWasBuiltWithOtherSpans() throws IOException {
    assertThat(
            reusedFrom(
                ConverterTest.GOLDEN_OPTIONS.withSpanSize(65_536),
                (layer, spanSize) -> supplied(layer)))
        .isZero();
  }

  @Test
  void buildsAnewWhatAnotherToolBuilt() throws IOException {
    ConvertOptions options = ConverterTest.GOLDEN_OPTIONS;
    ConvertOptions otherTool =
        new ConvertOptions(
            options.spanSizeBytes(),
            options.minLayerSizeBytes(),
            "another tool",
            options.prefetchFiles(),
            options.platforms(),
            options.threads(),
            options.optimizations(),
            options.force());
    assertThat(reusedFrom(otherTool, (layer, spanSize) -> supplied(layer))).isZero();
  }

  @Test
  void buildsAnewWhatBelongsToAnotherLayer() throws IOException {
    SociIndex.ZtocRef first = golden.ztocs().getFirst();
    Optional<SuppliedZtoc> same = supplied(descriptor(first.layerDigest()));
    assertThat(reusedFrom(ConverterTest.GOLDEN_OPTIONS, (layer, spanSize) -> same)).isOne();
  }

  @Test
  void buildsAnewWhatIsDamaged() throws IOException {
    assertThat(
            reusedFrom(
                ConverterTest.GOLDEN_OPTIONS,
                (layer, spanSize) ->
                    supplied(layer)
                        .map(good -> new SuppliedZtoc(good.ztoc(), damaged(good.content())))))
        .isZero();
  }

  @Test
  void buildsAnewWhatIsShorterThanSaid() throws IOException {
    assertThat(
            reusedFrom(
                ConverterTest.GOLDEN_OPTIONS,
                (layer, spanSize) ->
                    supplied(layer)
                        .map(good -> new SuppliedZtoc(good.ztoc(), BlobContent.of(new byte[100])))))
        .isZero();
  }

  @Test
  void doesWithoutASupplyThatFails() throws IOException {
    assertThat(
            reusedFrom(
                ConverterTest.GOLDEN_OPTIONS,
                (layer, spanSize) -> {
                  throw new IOException("the store is locked");
                }))
        .isZero();
  }

  @Test
  void findsTheZtocsOfAV1IndexInARegistry() throws IOException {
    try (FakeRegistry registry = new FakeRegistry();
        LayoutSource layout = LayoutSource.open(Golden.LAYOUT)) {
      Reference reference = new Reference(registry.repository(), "v1", null);
      new RegistryTarget(registry.client(), reference).write(ImageContent.of(layout));
      IndexBuilder.BuiltIndex built =
          new IndexBuilder(layout, ConverterTest.GOLDEN_OPTIONS, ConvertProgress.NONE, fresh("v1"))
              .build(Converter.images(layout, java.util.List.of()), SociIndex.Version.V1)
              .getFirst()
              .index()
              .orElseThrow();
      new ReferrerPusher(registry.client()).push(registry.repository(), built);

      try (RegistrySource source = new RegistrySource(registry.client(), reference)) {
        assertThat(convert(source, ConverterTest.GOLDEN_OPTIONS, ZtocSupply.NONE).reusedLayers())
            .isEqualTo(3);
      }
    }
  }

  /// Converts the golden layout, whose result must be right in any case; how many zTOCs were used
  /// again.
  private long reusedFrom(ConvertOptions options, ZtocSupply supply) throws IOException {
    try (LayoutSource source = LayoutSource.open(Golden.LAYOUT)) {
      ConvertReport report = convert(source, options, supply);
      ConvertReport fresh = convert(source, options.withForce(true), ZtocSupply.NONE);
      assertThat(report.image()).isEqualTo(fresh.image());
      return report.reusedLayers();
    }
  }

  private ConvertReport convert(
      io.thaw.index.oci.ImageSource source, ConvertOptions options, ZtocSupply supply)
      throws IOException {
    return new Converter(options, ConvertProgress.NONE, supply)
        .convert(source, fresh("scratch"))
        .report();
  }

  private Path fresh(String name) throws IOException {
    return Files.createTempDirectory(dir, name);
  }

  private Optional<SuppliedZtoc> supplied(Descriptor layer) throws IOException {
    return golden
        .ztocOf(layer.digest())
        .map(SociIndex.ZtocRef::ztoc)
        .map(
            ztoc ->
                new SuppliedZtoc(
                    ztoc,
                    BlobContent.of(
                        Golden.CONVERTED.resolve("blobs/sha256").resolve(ztoc.digest().hex()),
                        ztoc.sizeBytes())));
  }

  private static BlobContent damaged(BlobContent good) {
    try (var in = good.open()) {
      byte[] bytes = in.readAllBytes();
      bytes[bytes.length / 2] ^= 1;
      return BlobContent.of(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Descriptor descriptor(Digest layer) {
    return new Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer, 1);
  }

  private static Digest goldenImage() throws IOException {
    try (LayoutSource converted = LayoutSource.open(Golden.CONVERTED)) {
      return converted.root().digest();
    }
  }
}
