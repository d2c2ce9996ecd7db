package io.thaw.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.IndexDiscovery.Found;
import io.thaw.index.IndexDiscovery.NotFound;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciWriter;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.RegistryException;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IndexResolverTest {
  private static final Set<SociIndex.Version> BOTH = EnumSet.allOf(SociIndex.Version.class);
  private static final Set<SociIndex.Version> ONLY_V1 = Set.of(SociIndex.Version.V1);
  private static final Set<SociIndex.Version> ONLY_V2 = Set.of(SociIndex.Version.V2);

  private FakeRegistry registry;
  private IndexResolver resolver;
  private Platform platform = Platform.of("linux", "amd64");

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry();
    registry.put(MediaTypes.OCI_MANIFEST, Golden.document(Golden.IMAGE));
    registry.put(MediaTypes.OCI_MANIFEST, Golden.document(Golden.UNCONVERTED_IMAGE));
    registry.put(MediaTypes.OCI_MANIFEST, Golden.document(Golden.SOCI_INDEX));
    resolver = new IndexResolver(registry.client());
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void findsTheIndexTheImageNamesWithTwoRequests() throws IOException {
    Found found = (Found) find(Golden.IMAGE, Optional.empty(), BOTH);

    assertThat(found.source()).isEqualTo(IndexSource.ANNOTATION);
    assertThat(found.descriptor().digest()).isEqualTo(Golden.SOCI_INDEX);
    assertThat(found.imageDescriptor().digest()).isEqualTo(Golden.IMAGE);
    assertThat(found.image().layers()).hasSize(4);
    assertThat(registry.count("GET /v2/app/")).isEqualTo(2);
  }

  @Test
  void takesTheDigestItIsGivenBeforeAnythingElse() throws IOException {
    Found found = (Found) find(Golden.UNCONVERTED_IMAGE, Optional.of(Golden.SOCI_INDEX), Set.of());
    assertThat(found.source()).isEqualTo(IndexSource.EXPLICIT);
  }

  @Test
  void goesOnWhenTheGivenDigestIsNotThere() throws IOException {
    Digest gone = Digest.sha256(new byte[1]);
    Found found = (Found) find(Golden.IMAGE, Optional.of(gone), BOTH);
    assertThat(found.source()).isEqualTo(IndexSource.ANNOTATION);
  }

  @Test
  void picksTheManifestOfItsPlatformFromAnImageIndex() throws IOException {
    Digest index =
        registry.put(
            MediaTypes.OCI_INDEX,
            OciWriter.write(
                ImageIndex.of(
                    List.of(
                        entry(Golden.UNCONVERTED_IMAGE, "arm64"),
                        entry(Golden.SOCI_INDEX, "amd64").withArtifactType(SociMediaTypes.INDEX_V2),
                        entry(Golden.IMAGE, "amd64")))));
    assertThat(((Found) find(index, Optional.empty(), ONLY_V2)).imageDescriptor().digest())
        .isEqualTo(Golden.IMAGE);

    platform = Platform.of("linux", "riscv64");
    assertThatThrownBy(() -> find(index, Optional.empty(), ONLY_V2))
        .hasMessageContaining("no manifest for linux/riscv64");
  }

  @Test
  void findsV1IndexesByTheReferrersApi() throws IOException {
    registry.keepsReferrers = true;
    Digest first = putV1("one", Golden.UNCONVERTED_IMAGE);
    Digest second = putV1("two", Golden.UNCONVERTED_IMAGE);
    registry.refer(Golden.UNCONVERTED_IMAGE, referrer(Golden.SOCI_INDEX, "other/type"));
    registry.refer(Golden.UNCONVERTED_IMAGE, referrer(second, SociMediaTypes.INDEX_V1));
    registry.refer(Golden.UNCONVERTED_IMAGE, referrer(first, SociMediaTypes.INDEX_V1));

    Found found = (Found) find(Golden.UNCONVERTED_IMAGE, Optional.empty(), BOTH);
    assertThat(found.source()).isEqualTo(IndexSource.REFERRERS);
    assertThat(found.descriptor().digest()).isEqualTo(second);
  }

  @Test
  void asksForNoReferrersUnlessV1IsEnabled() throws IOException {
    NotFound none = (NotFound) find(Golden.UNCONVERTED_IMAGE, Optional.empty(), ONLY_V2);
    assertThat(none.reason()).contains("has no annotation com.amazon.soci.index-digest");
    assertThat(registry.count("GET /v2/app/referrers")).isZero();
    assertThat(registry.calls).hasSize(1);
  }

  @Test
  void saysEverythingItLookedAt() throws IOException {
    NotFound none =
        (NotFound) find(Golden.UNCONVERTED_IMAGE, Optional.of(Digest.sha256(new byte[1])), BOTH);
    assertThat(none.reason())
        .contains("(named explicitly) is not in " + registry.repository())
        .contains("has no annotation")
        .contains("no manifest of type application/vnd.amazon.soci.index.v1+json refers to");
    assertThat(((NotFound) find(Golden.IMAGE, Optional.empty(), Set.of())).reason())
        .contains("no kind of SOCI index is enabled");
  }

  @Test
  void refusesAnIndexOfAnotherImage() throws IOException {
    registry.keepsReferrers = true;
    registry.refer(
        Golden.UNCONVERTED_IMAGE,
        referrer(putV1("stranger", Golden.IMAGE), SociMediaTypes.INDEX_V1));
    assertThat(((NotFound) find(Golden.UNCONVERTED_IMAGE, Optional.empty(), ONLY_V1)).reason())
        .contains("belongs to another image manifest, " + Golden.IMAGE);
  }

  @Test
  void refusesAnIndexThatDescribesNoneOfTheLayers() throws IOException {
    String json = new String(Golden.document(Golden.SOCI_INDEX), UTF_8);
    String other =
        json.replaceAll("layer-digest\":\"sha256:[0-9a-f]{4}", "layer-digest\":\"sha256:0000");
    Digest digest = registry.put(MediaTypes.OCI_MANIFEST, other.getBytes(UTF_8));
    assertThat(((NotFound) find(Golden.IMAGE, Optional.of(digest), Set.of())).reason())
        .contains("describes none of the image's 4 layers");
  }

  @Test
  void neverUsesAnIndexWhoseBytesDoNotHaveItsDigest() throws IOException {
    byte[] bytes = Golden.document(Golden.SOCI_INDEX);
    bytes[bytes.length - 5] ^= 1;
    registry.corrupt(Golden.SOCI_INDEX, bytes);
    assertThat(((NotFound) find(Golden.IMAGE, Optional.empty(), ONLY_V2)).reason())
        .contains(Golden.SOCI_INDEX.toString());
  }

  @Test
  void reportsAMalformedIndexWithItsPlace() throws IOException {
    Digest digest = registry.put(MediaTypes.OCI_MANIFEST, Golden.document(Golden.IMAGE));
    assertThat(((NotFound) find(Golden.IMAGE, Optional.of(digest), Set.of())).reason())
        .contains("is malformed: $.config.mediaType is");
  }

  @Test
  void aRegistryThatFailsIsNoAnswer() {
    registry.failure = 503;
    assertThatThrownBy(() -> find(Golden.IMAGE, Optional.empty(), BOTH))
        .isInstanceOf(RegistryException.class);
  }

  @Test
  void aRegistryThatDeclinesToListReferrersHasNone() throws IOException {
    registry.declinesReferrers = true;
    assertThat(((NotFound) find(Golden.UNCONVERTED_IMAGE, Optional.empty(), ONLY_V1)).reason())
        .contains("the list of referrers (SOCI v1) cannot be used");
  }

  @Test
  void aMissingImageIsAnError() {
    registry.forget(Golden.IMAGE);
    assertThatThrownBy(() -> find(Golden.IMAGE, Optional.empty(), BOTH))
        .isInstanceOfSatisfying(
            RegistryException.class,
            e -> assertThat(e.kind()).isEqualTo(RegistryException.Kind.NOT_FOUND));
  }

  private IndexDiscovery find(
      Digest manifest, Optional<Digest> explicit, Set<SociIndex.Version> versions)
      throws IOException {
    return resolver.find(
        new IndexResolver.Query(registry.repository(), manifest, explicit, versions, platform));
  }

  /// A v1 index of the golden layers.
  private Digest putV1(String tool, Digest subject) throws IOException {
    SociIndex v2 = SociIndexReader.read(Golden.document(Golden.SOCI_INDEX));
    return registry.put(
        MediaTypes.OCI_MANIFEST,
        SociIndexWriter.write(
            new SociIndex(
                SociIndex.Version.V1,
                v2.ztocs(),
                List.of(),
                Optional.of(tool),
                Optional.of(new Descriptor(MediaTypes.OCI_MANIFEST, subject, 913)))));
  }

  private static OciDescriptor referrer(Digest digest, String artifactType) {
    return OciDescriptor.of(MediaTypes.OCI_MANIFEST, digest, 1).withArtifactType(artifactType);
  }

  private static OciDescriptor entry(Digest digest, String architecture) throws IOException {
    return OciDescriptor.of(MediaTypes.OCI_MANIFEST, digest, Golden.document(digest).length)
        .withPlatform(Platform.of("linux", architecture));
  }
}
