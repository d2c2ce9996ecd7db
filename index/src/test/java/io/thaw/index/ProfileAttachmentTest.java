package io.thaw.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.Platform;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.index.start.ProfileAttachment;
import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfile.LayerRef;
import io.thaw.index.start.StartProfile.Step;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Manifest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Profiles attached to indexes in a registry.
class ProfileAttachmentTest {
  private static final Digest MANIFEST = Digest.sha256("recorded elsewhere".getBytes(UTF_8));

  private FakeRegistry registry;
  private Reference image;
  private Reference plain;

  @BeforeEach
  void push() throws IOException {
    registry = new FakeRegistry();
    image = Reference.parse(registry.repository() + ":lazy");
    plain = Reference.parse(registry.repository() + ":plain");
    try (LayoutSource converted = LayoutSource.open(Golden.CONVERTED)) {
      new RegistryTarget(registry.client(), image).write(ImageContent.of(converted));
    }
    try (LayoutSource source = LayoutSource.open(Golden.LAYOUT)) {
      new RegistryTarget(registry.client(), plain).write(ImageContent.of(source));
    }
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private IndexDiscovery.Found found(Reference reference) throws IOException {
    Digest digest = registry.client().resolve(reference).digest();
    Set<SociIndex.Version> all = Set.of(SociIndex.Version.values());
    IndexDiscovery found =
        new IndexResolver(registry.client())
            .find(new IndexResolver.Query(registry.repository(), digest, Optional.empty(), all));
    return (IndexDiscovery.Found) found;
  }

  /// A start that read two spans of each layer.
  private static StartProfile profile(SociIndex index) {
    List<LayerRef> layers = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    for (SociIndex.ZtocRef ztoc : index.ztocs()) {
      layers.add(new LayerRef(ztoc.layerDigest(), ztoc.ztoc().digest(), 10_000, 1));
    }
    for (int layer = 0; layer < layers.size(); layer++) {
      steps.add(new Step(layer, 1, 1_000, steps.size(), 1));
      steps.add(new Step(layer, 0, 500, steps.size(), 1));
    }
    return new StartProfile(MANIFEST, "app:lazy", Instant.EPOCH, layers, steps);
  }

  private PrefetchArtifact artifact(SociIndex index, Digest layer) throws IOException {
    SociIndex.PrefetchRef ref = index.prefetchesOf(layer).getLast();
    byte[] json = registry.client().blob(registry.repository(), ref.artifact()).readAllBytes();
    return PrefetchArtifact.read(json);
  }

  @Test
  void anImageWithAV2IndexIsPushedAnewWithArtifacts() throws IOException {
    IndexDiscovery.Found before = found(image);
    StartProfile profile = profile(before.index());

    ProfileAttachment.Report report =
        new ProfileAttachment(registry.client()).attach(image, profile);

    IndexDiscovery.Found after = found(image);
    assertThat(after.source()).isEqualTo(IndexSource.ANNOTATION);
    assertThat(after.descriptor().digest()).isEqualTo(report.index());
    assertThat(report.replaced()).isEqualTo(before.descriptor().digest());
    assertThat(report.image()).isEqualTo(registry.client().resolve(image).digest());
    assertThat(report.layers()).isEqualTo(profile.layers().size());
    assertThat(report.spans()).isEqualTo(profile.steps().size());
    assertThat(report.bytes()).isEqualTo(1_500L * profile.layers().size());
    assertThat(after.index().ztocs()).isEqualTo(before.index().ztocs());
    assertThat(after.image().layers()).isEqualTo(before.image().layers());
    assertThat(after.image().config()).isEqualTo(before.image().config());
    int rank = 0;
    for (LayerRef layer : profile.layers()) {
      assertThat(artifact(after.index(), layer.layer()).ranges())
          .containsExactly(new SpanRange(0, 1, rank++));
    }
  }

  @Test
  void theImageIndexNamesTheNewManifestAndTheNewIndexInTheirPlaces() throws IOException {
    Manifest before = registry.client().manifest(registry.repository(), "lazy");
    ProfileAttachment.Report report =
        new ProfileAttachment(registry.client()).attach(image, profile(found(image).index()));
    Manifest after = registry.client().manifest(registry.repository(), "lazy");
    List<OciDescriptor> old = OciReader.index(before.bytes()).manifests();
    List<OciDescriptor> now = OciReader.index(after.bytes()).manifests();
    assertThat(now).hasSameSizeAs(old);
    assertThat(now).extracting(OciDescriptor::platform).isEqualTo(platforms(old));
    OciDescriptor index =
        now.stream().filter(e -> e.digest().equals(report.index())).findFirst().orElseThrow();
    assertThat(index.artifactType()).contains(SociMediaTypes.INDEX_V2);
    assertThat(index.annotations().get(SociMediaTypes.IMAGE_MANIFEST_DIGEST))
        .isEqualTo(found(image).imageDescriptor().digest().toString());
  }

  private static List<Optional<Platform>> platforms(List<OciDescriptor> list) {
    return list.stream().map(OciDescriptor::platform).toList();
  }

  @Test
  void attachingTheSameProfileAgainChangesNothing() throws IOException {
    ProfileAttachment attachment = new ProfileAttachment(registry.client());
    StartProfile profile = profile(found(image).index());
    ProfileAttachment.Report first = attachment.attach(image, profile);
    registry.calls.clear();
    ProfileAttachment.Report second = attachment.attach(image, profile);
    assertThat(second.image()).isEqualTo(first.image());
    assertThat(second.index()).isEqualTo(first.index());
    assertThat(registry.count("PUT")).isZero();
  }

  @Test
  void artifactsOfLayersTheProfileDoesNotKnowStay() throws IOException {
    ProfileAttachment attachment = new ProfileAttachment(registry.client());
    StartProfile whole = profile(found(image).index());
    attachment.attach(image, whole);
    LayerRef layer = whole.layers().getFirst();
    StartProfile part =
        new StartProfile(
            MANIFEST, "", Instant.EPOCH, List.of(layer), List.of(new Step(0, 1, 7, 0, 1)));
    attachment.attach(image, part);
    SociIndex index = found(image).index();
    assertThat(artifact(index, layer.layer()).ranges()).containsExactly(new SpanRange(1, 1, 0));
    assertThat(index.prefetchesOf(layer.layer())).hasSize(1);
    assertThat(index.prefetches()).hasSize(whole.layers().size());
  }

  @Test
  void aV1IndexIsReplacedInTheListOfReferrers() throws IOException {
    SociIndex v1 = pushV1();
    Digest before = found(plain).descriptor().digest();
    ProfileAttachment.Report report =
        new ProfileAttachment(registry.client()).attach(plain, profile(v1));
    IndexDiscovery.Found after = found(plain);
    assertThat(after.source()).isEqualTo(IndexSource.REFERRERS);
    assertThat(after.descriptor().digest()).isEqualTo(report.index()).isNotEqualTo(before);
    assertThat(after.index().prefetches()).hasSize(v1.ztocs().size());
    assertThat(report.firstListed()).isEmpty();
    assertThat(report.image()).as("the image stays").isEqualTo(digestOfPlain());
  }

  @Test
  void saysWhichV1IndexIsTakenWhereTheRegistryListsAnOlderOneFirst() throws IOException {
    registry.keepsReferrers = true;
    SociIndex v1 = pushV1();
    Digest before = found(plain).descriptor().digest();
    ProfileAttachment.Report report =
        new ProfileAttachment(registry.client()).attach(plain, profile(v1));
    assertThat(report.firstListed()).contains(before);
  }

  private Digest digestOfPlain() throws IOException {
    return registry.client().resolve(plain).digest();
  }

  /// A v1 index of the plain image, of the zTOCs the converted one has.
  private SociIndex pushV1() throws IOException {
    Manifest root = registry.client().manifest(registry.repository(), "plain");
    Descriptor subject =
        MediaTypes.isIndex(root.descriptor().mediaType())
            ? OciReader.index(root.bytes()).manifests().stream()
                .filter(e -> e.platform().filter(p -> p.matches(Platform.host())).isPresent())
                .map(OciDescriptor::target)
                .findFirst()
                .orElseThrow()
            : root.descriptor();
    SociIndex v1 =
        new SociIndex(
            SociIndex.Version.V1,
            found(image).index().ztocs(),
            List.of(),
            Optional.empty(),
            Optional.of(subject));
    byte[] config = SociIndexWriter.config();
    new ReferrerPusher(registry.client())
        .push(
            registry.repository(),
            SociIndexWriter.write(v1),
            Map.of(Digest.sha256(config), BlobContent.of(config)));
    return v1;
  }

  @Test
  void refusesAProfileThatFitsNoIndex() throws IOException {
    StartProfile other =
        new StartProfile(
            MANIFEST,
            "",
            Instant.EPOCH,
            List.of(new LayerRef(MANIFEST, MANIFEST, 10, 1)),
            List.of(new Step(0, 0, 1, 0, 1)));
    assertThatThrownBy(() -> new ProfileAttachment(registry.client()).attach(image, other))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has none of the profile's zTOCs")
        .hasMessageContaining("record it on a node");
    registry.calls.clear();
    assertThatThrownBy(() -> new ProfileAttachment(registry.client()).attach(plain, other))
        .hasMessageContaining("SOCI v1");
    assertThat(registry.count("PUT")).isZero();
  }
}
