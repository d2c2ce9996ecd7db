package io.thaw.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.LayoutTarget;
import io.thaw.index.place.RegistrySource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Conversions with a registry at one end or both.
class RegistryConvertTest {
  private static final Digest BIG_LAYER =
      Digest.parse("sha256:3d0f074595e84acf02d17ddf03aeb0532209ea79e4d1136ebf4762be2fcf3489");

  @TempDir Path dir;
  private FakeRegistry registry;
  private FakeRegistry elsewhere;

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry();
    elsewhere = new FakeRegistry();
    try (LayoutSource golden = LayoutSource.open(Golden.LAYOUT)) {
      new RegistryTarget(registry.client(), reference(registry, "app", "src"))
          .write(ImageContent.of(golden));
    }
    registry.uploadedBytes.set(0);
    registry.calls.clear();
  }

  @AfterEach
  void stop() {
    registry.close();
    elsewhere.close();
  }

  @Test
  void mountsLayersInTheSameRegistryAndSendsOnlyWhatIsNew() throws IOException {
    WriteReport report = convert(reference(registry, "lazy", "dst"));

    assertThat(report.image().digest()).isEqualTo(goldenImage());
    assertThat(registry.mounted).hasValue(5);
    assertThat(report.presentBlobs()).isEqualTo(5);
    assertThat(registry.uploadedBytes).hasValue(report.writtenBytes());
    assertThat(report.writtenBytes()).isLessThan(report.presentBytes());
    assertThat(registry.calls.getLast()).isEqualTo("PUT /v2/lazy/manifests/dst");
  }

  @Test
  void givesBlobForBlobWhatConvertingALayoutGives() throws IOException {
    convert(reference(registry, "lazy", "dst"));
    Path result = dir.resolve("result");
    try (ImageSource converted = source(registry, "lazy", "dst")) {
      LayoutTarget.at(result, LayoutFormat.OCI_DIR).write(ImageContent.of(converted));
    }
    try (OciLayout golden = OciLayout.open(Golden.CONVERTED);
        OciLayout layout = OciLayout.open(result)) {
      assertThat(layout.indexBytes()).isEqualTo(golden.indexBytes());
      Map<String, Long> expected = Golden.blobs(golden);
      expected.remove(Golden.UNCONVERTED_IMAGE.toString());
      assertThat(Golden.blobs(layout)).isEqualTo(expected);
    }
  }

  @Test
  void streamsLayersToAnotherRegistry() throws IOException {
    WriteReport report = convert(reference(elsewhere, "app", "dst"));
    assertThat(report.image().digest()).isEqualTo(goldenImage());
    assertThat(report.presentBlobs()).isZero();
    assertThat(elsewhere.blobs.get(BIG_LAYER.toString()))
        .isEqualTo(registry.blobs.get(BIG_LAYER.toString()));
  }

  @ParameterizedTest
  @ValueSource(ints = {202, 401, 403, 404, 405})
  void streamsLayersWhereTheRegistryRefusesToMount(int answer) throws IOException {
    registry.mounts = false;
    registry.mountRefusal = answer;
    WriteReport report = convert(reference(registry, "lazy", "dst"));
    assertThat(report.image().digest()).isEqualTo(goldenImage());
    assertThat(report.presentBlobs()).isZero();
    assertThat(registry.blobs).containsKey("lazy/" + BIG_LAYER);
  }

  @Test
  void readsNoLayerAndSendsNothingTheSecondTime() throws IOException {
    Reference destination = reference(registry, "lazy", "dst");
    WriteReport first = convert(destination);
    registry.calls.clear();
    try (ImageSource source = source(registry, "app", "src");
        ImageSource earlier = new RegistrySource(registry.client(), destination)) {
      Converter converter =
          new Converter(
              ConverterTest.GOLDEN_OPTIONS, ConvertProgress.NONE, new IndexedZtocs(earlier));
      Conversion conversion = converter.convert(source, fresh("again"));
      WriteReport second =
          new RegistryTarget(registry.client(), destination).write(conversion.content());

      assertThat(second.image()).isEqualTo(first.image());
      assertThat(second.writtenBlobs()).isZero();
      assertThat(conversion.report().reusedLayers()).isEqualTo(3);
    }
    assertThat(registry.count("GET /v2/app/blobs/" + BIG_LAYER)).isZero();
    assertThat(registry.count("PUT")).isZero();
    assertThat(registry.count("POST")).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 429, 500})
  void aRefusalIsAnErrorThatNamesTheRegistryAndLeavesNoTag(int status) {
    registry.refusals.put("POST /v2/lazy", status);
    assertThatThrownBy(() -> convert(reference(registry, "lazy", "dst")))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining(registry.repository("lazy").toString());
    assertThat(registry.count("PUT /v2/lazy/manifests")).isZero();
  }

  @Test
  void aTagThatIsRefusedIsAnErrorAfterAllElseIsThere() {
    registry.refusals.put("PUT /v2/lazy/manifests/dst", 403);
    assertThatThrownBy(() -> convert(reference(registry, "lazy", "dst")))
        .isInstanceOfSatisfying(
            RegistryException.class,
            e -> assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED));
    assertThat(registry.manifest("lazy/dst")).isEmpty();
  }

  @Test
  void aLayerWhoseDigestLiesIsAnErrorThatNamesIt() {
    byte[] layer = registry.blobs.get(BIG_LAYER.toString()).clone();
    layer[4] ^= 1; // The time in the gzip header, so that it inflates as before.
    registry.blobs.put(BIG_LAYER.toString(), layer);
    assertThatThrownBy(() -> convert(reference(registry, "lazy", "dst")))
        .hasMessageContaining(BIG_LAYER.toString())
        .hasMessageContaining("damaged");
    assertThat(registry.count("PUT")).isZero();
  }

  @Test
  void aTruncatedLayerIsAnErrorThatNamesIt() {
    byte[] layer = registry.blobs.get(BIG_LAYER.toString());
    registry.blobs.put(BIG_LAYER.toString(), Arrays.copyOf(layer, layer.length / 2));
    assertThatThrownBy(() -> convert(reference(registry, "lazy", "dst")))
        .hasMessageContaining(BIG_LAYER.toString());
    assertThat(registry.count("PUT")).isZero();
  }

  @Test
  void aMissingLayerIsFoundBeforeAnythingIsSent() {
    registry.blobs.remove(BIG_LAYER.toString());
    ConvertOptions withoutIt = ConverterTest.GOLDEN_OPTIONS.withMinLayerSize(371_301);
    assertThatThrownBy(() -> convert(reference(registry, "lazy", "dst"), withoutIt))
        .hasMessageContaining("does not have blob " + BIG_LAYER);
    assertThat(registry.count("PUT")).isZero();
    assertThat(registry.count("POST")).isZero();
  }

  @Test
  void refusesSchema1AndSaysWhatToDo() {
    byte[] old = "{\"schemaVersion\":1,\"name\":\"old\"}".getBytes(StandardCharsets.UTF_8);
    Digest digest = registry.put("application/vnd.docker.distribution.manifest.v1+prettyjws", old);
    assertThatThrownBy(
            () ->
                new RegistrySource(
                        registry.client(), new Reference(registry.repository(), null, digest))
                    .root())
        .hasMessageContaining("schema 1")
        .hasMessageContaining("push it again");
  }

  @Test
  void anImageStaysWhatItWasWhenItsTagIsMoved() throws IOException {
    try (ImageSource source = source(registry, "app", "src")) {
      Descriptor before = source.root().target();
      registry
          .client()
          .pushManifest(registry.repository(), "src", MediaTypes.OCI_INDEX, emptyIndex());
      assertThat(source.root().target()).isEqualTo(before);
    }
  }

  @Test
  void aCopiedSignatureIsFoundAsReferrerOfItsImage() throws IOException {
    byte[] image = registry.manifest(Golden.UNCONVERTED_IMAGE.toString()).orElseThrow();
    OciDescriptor subject =
        OciDescriptor.of(MediaTypes.OCI_MANIFEST, Digest.sha256(image), image.length);
    byte[] signature = signatureOf(subject, OciReader.manifest(image).config());
    OciDescriptor entry =
        OciDescriptor.of(
            MediaTypes.OCI_MANIFEST,
            registry.put(MediaTypes.OCI_MANIFEST, signature),
            signature.length);
    Digest list =
        registry.put(MediaTypes.OCI_INDEX, OciWriter.write(ImageIndex.of(List.of(subject, entry))));
    try (ImageSource source =
        new RegistrySource(registry.client(), new Reference(registry.repository(), null, list))) {
      new RegistryTarget(elsewhere.client(), reference(elsewhere, "app", "signed"))
          .write(ImageContent.of(source));
    }
    assertThat(
            elsewhere
                .client()
                .referrers(elsewhere.repository(), subject.digest(), "application/x-signature"))
        .singleElement()
        .satisfies(found -> assertThat(found.descriptor()).isEqualTo(entry.target()));
  }

  private static byte[] signatureOf(OciDescriptor subject, OciDescriptor config) {
    return OciWriter.write(
        new ImageManifest(
            MediaTypes.OCI_MANIFEST,
            Optional.of("application/x-signature"),
            config,
            List.of(),
            Optional.of(subject),
            new TreeMap<>()));
  }

  @Test
  void refusesToPushAnIndexWithPlatformsNobodyHas() throws IOException {
    byte[] list = twoPlatforms();
    Digest digest = registry.put(MediaTypes.OCI_INDEX, list);
    try (ImageSource source =
        new RegistrySource(registry.client(), new Reference(registry.repository(), null, digest))) {
      ImageContent content = ImageContent.of(source);
      assertThatThrownBy(
              () ->
                  new RegistryTarget(registry.client(), reference(registry, "lazy", "dst"))
                      .write(content))
          .hasMessageContaining("lacks platform linux/s390x");
    }
    assertThat(registry.count("POST")).isZero();
  }

  private byte[] twoPlatforms() {
    byte[] image = registry.manifest(Golden.UNCONVERTED_IMAGE.toString()).orElseThrow();
    return OciWriter.write(
        ImageIndex.of(
            List.of(
                OciDescriptor.of(MediaTypes.OCI_MANIFEST, Digest.sha256(image), image.length),
                OciDescriptor.of(MediaTypes.OCI_MANIFEST, Digest.sha256(new byte[] {1}), 500)
                    .withPlatform(Platform.of("linux", "s390x")))));
  }

  private static byte[] emptyIndex() {
    return OciWriter.write(ImageIndex.of(List.of()));
  }

  private WriteReport convert(Reference destination) throws IOException {
    return convert(destination, ConverterTest.GOLDEN_OPTIONS);
  }

  private WriteReport convert(Reference destination, ConvertOptions options) throws IOException {
    FakeRegistry target =
        destination.repository().host().equals(registry.repository().host()) ? registry : elsewhere;
    try (ImageSource source = source(registry, "app", "src")) {
      Conversion conversion =
          new Converter(options, ConvertProgress.NONE).convert(source, fresh("scratch"));
      return new RegistryTarget(target.client(), destination).write(conversion.content());
    }
  }

  private Path fresh(String name) throws IOException {
    return Files.createDirectories(dir.resolve(name));
  }

  private static ImageSource source(FakeRegistry registry, String repository, String tag) {
    return new RegistrySource(registry.client(), reference(registry, repository, tag));
  }

  private static Reference reference(FakeRegistry registry, String repository, String tag) {
    return new Reference(registry.repository(repository), tag, null);
  }

  private static Digest goldenImage() throws IOException {
    try (OciLayout golden = OciLayout.open(Golden.CONVERTED)) {
      return golden.index().manifests().getFirst().digest();
    }
  }
}
