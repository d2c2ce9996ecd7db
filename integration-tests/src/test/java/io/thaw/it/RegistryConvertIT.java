package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.Conversion;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertProgress;
import io.thaw.index.Converter;
import io.thaw.index.ExistingIndex;
import io.thaw.index.IndexBuilder;
import io.thaw.index.IndexDiscovery.Found;
import io.thaw.index.IndexResolver;
import io.thaw.index.IndexedZtocs;
import io.thaw.index.ReferrerPusher;
import io.thaw.index.ReferrerReport;
import io.thaw.index.SociIndex;
import io.thaw.index.ZtocSupply;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.LayoutTarget;
import io.thaw.index.place.RegistrySource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.image.LayoutWriter;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.net.TokenServer;
import io.thaw.registry.Credentials;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Indexing where the image lies: from a real registry, which wants tokens, to the same one.
class RegistryConvertIT {
  private static final Credentials.Basic USER = new Credentials.Basic("anna", "s3cret-Pa55");
  private static final ConvertOptions OPTIONS =
      ConvertOptions.DEFAULT.withSpanSize(1 << 20).withMinLayerSize(0);

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  private ImageLayout image;
  private RegistryClient client;

  @BeforeEach
  void pushAnImage() throws IOException {
    TokenServer tokens =
        node.startTokenServer(USER.username(), USER.password(), Duration.ofMinutes(5));
    node.startRegistry(NodeExtension.FAST, new RegistryAuth.Token(tokens));
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    for (String layer : List.of("pax-stored.tar.gz", "pax-fixed.tar.gz", "gnu.tar")) {
      writer.addStored(TestImages.goldenDir().resolve(layer));
    }
    image = writer.finish(List.of("/nothing"), List.of("PATH=/"));
    node.push(USER).push(image.dir(), node.registry().address() + "/team/src:1");
    client = RegistryClient.create(RegistryConfig.defaults(), repository -> Optional.of(USER));
  }

  @AfterEach
  void closeClient() {
    client.close();
  }

  @Test
  void streamsEachLayerOnceAndMountsInsteadOfSendingIt() throws IOException {
    long up = node.link().bytesUp();
    long down = node.link().bytesDown();
    WriteReport report = convert(ZtocSupply.NONE);

    assertThat(node.link().bytesUp() - up)
        .as("bytes sent, of %d in layers", image.compressedBytes())
        .isBetween(report.writtenBytes(), image.compressedBytes() / 4);
    assertThat(node.link().bytesDown() - down)
        .isBetween(image.compressedBytes(), image.compressedBytes() * 5 / 4);
    assertThat(report.presentBytes()).isGreaterThan(image.compressedBytes());
    for (Layer layer : image.layers()) {
      assertThat(mountedIn("lazy/dst", layer)).exists();
    }
  }

  @Test
  void givesBlobForBlobWhatConvertingALayoutGives() throws IOException {
    convert(ZtocSupply.NONE);
    Path result = node.fresh("result");
    try (ImageSource converted = source("lazy/dst")) {
      LayoutTarget.at(result, LayoutFormat.OCI_DIR).write(ImageContent.of(converted));
    }
    Path expected = node.fresh("expected");
    ImagePush.convert(image.dir(), expected, OPTIONS);

    try (OciLayout ours = OciLayout.open(result);
        OciLayout theirs = OciLayout.open(expected)) {
      assertThat(ours.indexBytes()).isEqualTo(theirs.indexBytes());
      Map<Digest, Long> blobs = verifiedBlobs(theirs);
      blobs.remove(Digest.parse(image.manifestDigest()));
      assertThat(verifiedBlobs(ours)).isEqualTo(blobs);
    }
  }

  @Test
  void changesNothingAndReadsNoLayerTheSecondTime() throws IOException {
    WriteReport first = convert(ZtocSupply.NONE);
    long down = node.link().bytesDown();
    WriteReport second;
    try (ImageSource earlier = source("lazy/dst")) {
      second = convert(new IndexedZtocs(earlier));
    }
    assertThat(second.image()).isEqualTo(first.image());
    assertThat(second.writtenBlobs()).isZero();
    assertThat(node.link().bytesDown() - down).isLessThan(image.compressedBytes() / 4);
  }

  @Test
  void aClientFindsAV1IndexInARegistryWithoutReferrersApi() throws IOException {
    Reference reference = reference("team/src");
    IndexBuilder.BuiltIndex index = v1Index(OPTIONS);
    ReferrerReport report =
        new ReferrerPusher(client, 3, ExistingIndex.WARN, WriteProgress.NONE)
            .push(reference.repository(), index);
    assertThat(report.existing()).isEmpty();

    Found found =
        (Found)
            new IndexResolver(client)
                .find(
                    new IndexResolver.Query(
                        reference.repository(),
                        Digest.parse(image.manifestDigest()),
                        Optional.empty(),
                        Set.of(SociIndex.Version.V1)));
    assertThat(found.descriptor()).isEqualTo(index.descriptor());
    assertThat(found.index()).isEqualTo(index.index());

    ReferrerReport again =
        new ReferrerPusher(client, 3, ExistingIndex.SKIP, WriteProgress.NONE)
            .push(reference.repository(), v1Index(OPTIONS.withSpanSize(1 << 19)));
    assertThat(again.skipped()).isTrue();
    assertThat(again.existing()).containsExactly(index.descriptor().digest());
  }

  private WriteReport convert(ZtocSupply supply) throws IOException {
    try (ImageSource source = source("team/src")) {
      Conversion conversion =
          new Converter(OPTIONS, ConvertProgress.NONE, supply).convert(source, scratch());
      return new RegistryTarget(client, reference("lazy/dst")).write(conversion.content());
    }
  }

  private IndexBuilder.BuiltIndex v1Index(ConvertOptions options) throws IOException {
    try (ImageSource source = source("team/src")) {
      return new IndexBuilder(source, options, ConvertProgress.NONE, scratch())
          .build(Converter.images(source, List.of()), SociIndex.Version.V1)
          .getFirst()
          .index()
          .orElseThrow();
    }
  }

  private Path scratch() throws IOException {
    return Files.createTempDirectory(node.dir("scratch"), "convert");
  }

  private ImageSource source(String repository) {
    return new RegistrySource(client, reference(repository));
  }

  private Reference reference(String repository) {
    return Reference.parse(node.link().address() + "/" + repository + ":1");
  }

  /// The file by which the registry remembers that a repository has a blob.
  private Path mountedIn(String repository, Layer layer) {
    return node.fresh("registry/data/docker/registry/v2/repositories")
        .resolve(repository)
        .resolve("_layers/sha256")
        .resolve(layer.digest().substring("sha256:".length()))
        .resolve("link");
  }

  private static Map<Digest, Long> verifiedBlobs(OciLayout layout) throws IOException {
    Map<Digest, Long> sizes = new HashMap<>();
    for (Digest digest : layout.blobs()) {
      try (var in = layout.blob(digest)) {
        sizes.put(digest, (long) in.readAllBytes().length);
      }
    }
    return sizes;
  }
}
