package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.cli.containerd.ContainerdClient;
import io.thaw.cli.containerd.ContainerdIndexStore;
import io.thaw.cli.containerd.ContainerdSource;
import io.thaw.cli.containerd.ContainerdTarget;
import io.thaw.index.Conversion;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertProgress;
import io.thaw.index.ConvertReport.Indexed;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder.BuiltIndex;
import io.thaw.index.SociIndex;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.store.ArtifactStore;
import io.thaw.index.store.ImageFacts;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// SOCI indexes in a real containerd: they live as long as their image, and are found by whoever
/// looks for them.
class ContainerdStoreIT {
  private static final String APP = "docker.io/it/app";

  @RegisterExtension private static final ContainerdExtension node = new ContainerdExtension();

  @Test
  void keepsAnIndexAndItsZtocsAsLongAsItsImageAndNoLonger() throws IOException {
    String ns = "lifetime";
    node.importGolden(ns, APP);
    node.collectGarbage(ns); // an import leaves the layout's index.json behind
    List<String> before = node.content(ns);
    BuiltIndex built = create(ns, TestImages.SMALL_SPANS);
    List<String> index = new ArrayList<>(List.of(built.descriptor().digest().toString()));
    built.blobs().keySet().forEach(blob -> index.add(blob.toString()));

    assertThat(index).hasSize(6); // index, configuration, four zTOCs
    assertThat(node.leases(ns)).isEmpty();
    node.collectGarbage(ns);
    assertThat(node.content(ns)).containsAll(before).containsAll(index);

    node.removeImage(ns, APP + ":latest");
    assertThat(node.content(ns)).isEmpty();
  }

  @Test
  void keepsAnIndexWhileAnotherImageHasTheSameManifest() throws IOException {
    String ns = "twonames";
    node.importGolden(ns, APP);
    node.ctr(ns, "images", "tag", APP + ":latest", APP + ":second");
    BuiltIndex built = create(ns, TestImages.SMALL_SPANS);

    node.removeImage(ns, APP + ":latest");

    try (ContainerdClient client = node.client(ns)) {
      StoredArtifact.Index index =
          new ContainerdIndexStore(client).indexes().stream().findFirst().orElseThrow();
      assertThat(index.descriptor()).isEqualTo(built.descriptor());
      assertThat(index.names()).containsExactly(APP + ":second");
    }
  }

  @Test
  void describesAnIndexByTheImageItBelongsTo() throws IOException {
    String ns = "described";
    node.importGolden(ns, APP);
    BuiltIndex built = create(ns, TestImages.SMALL_SPANS);
    try (ContainerdClient client = node.client(ns)) {
      ContainerdIndexStore store = new ContainerdIndexStore(client);

      StoredArtifact.Index index = store.indexes().getFirst();
      List<StoredArtifact> artifacts = store.artifacts();

      Digest manifest = built.index().subject().map(Descriptor::digest).orElseThrow();
      assertThat(index.version()).isEqualTo(SociIndex.Version.V1);
      assertThat(index.manifest()).contains(manifest);
      assertThat(index.image()).contains(manifest);
      assertThat(index.platform()).hasToString("Optional[linux/amd64]");
      assertThat(index.names()).containsExactly(APP + ":latest");
      assertThat(store.index(index.descriptor().digest())).isEqualTo(built.index());
      assertThat(artifacts).hasSize(5);
      assertThat(store.ztocsOf(built.index().ztocs().getFirst().layerDigest()))
          .extracting(ztoc -> ztoc.descriptor().digest())
          .containsExactly(built.index().ztocs().getFirst().ztoc().digest());
    }
  }

  @Test
  void removesOneIndexAndLeavesTheOtherOfTheSameImage() throws IOException {
    String ns = "removal";
    node.importGolden(ns, APP);
    BuiltIndex small = create(ns, TestImages.SMALL_SPANS);
    BuiltIndex large = create(ns, TestImages.SMALL_SPANS.withSpanSize(1 << 19));
    try (ContainerdClient client = node.client(ns)) {
      ContainerdIndexStore store = new ContainerdIndexStore(client);
      assertThat(store.indexes()).hasSize(2);

      ArtifactStore.Removed removed = store.remove(List.of(small.descriptor().digest()));

      assertThat(store.indexes())
          .extracting(StoredArtifact.Index::descriptor)
          .containsExactly(large.descriptor());
      List<Digest> largeZtocs =
          large.index().ztocs().stream().map(ref -> ref.ztoc().digest()).distinct().toList();
      assertThat(removed.dropped()).isNotEmpty().doesNotContainAnyElementsOf(largeZtocs);
      assertThat(largeZtocs).containsAll(removed.kept());
      assertThat(node.content(ns))
          .doesNotContain(small.descriptor().digest().toString())
          .doesNotContainAnyElementsOf(removed.dropped().stream().map(Digest::toString).toList())
          .containsAll(largeZtocs.stream().map(Digest::toString).toList());
    }
    assertThat(node.images(ns)).containsExactly(APP + ":latest");
    assertThat(node.leases(ns)).isEmpty();
  }

  /// SOCI stores an index as a root with `ztoc.N` labels, and does not label the image.
  @Test
  void findsAndRemovesAnIndexThatSociHasStored() throws IOException {
    String ns = "soci";
    node.importGolden(ns, APP);
    BuiltIndex built = create(ns, TestImages.SMALL_SPANS);
    String index = built.descriptor().digest().toString();
    String manifest = built.index().subject().orElseThrow().digest().toString();
    String ours = "containerd.io/gc.ref.content.soci." + built.descriptor().digest().hex();
    node.ctr(ns, "content", "label", index, "containerd.io/gc.root=2026-01-01T00:00:00Z");
    node.ctr(ns, "content", "label", manifest, ours + "=");
    node.removeImage(ns, APP + ":latest");
    assertThat(node.content(ns)).contains(index).doesNotContain(manifest);

    try (ContainerdClient client = node.client(ns)) {
      ContainerdIndexStore store = new ContainerdIndexStore(client);
      assertThat(store.indexes())
          .extracting(StoredArtifact.Index::descriptor)
          .containsExactly(built.descriptor());
      store.remove(List.of(built.descriptor().digest()));
      assertThat(store.indexes()).isEmpty();
    }
    assertThat(node.content(ns)).isEmpty();
  }

  @Test
  void saysWhoKeepsAnIndexThatCannotBeRemoved() throws IOException {
    String ns = "kept";
    node.importGolden(ns, APP);
    BuiltIndex built = create(ns, TestImages.SMALL_SPANS);
    String index = built.descriptor().digest().toString();
    String keeper =
        node.content(ns).stream().filter(d -> !d.equals(index)).findFirst().orElseThrow();
    node.ctr(ns, "content", "label", keeper, "containerd.io/gc.root=here");
    node.ctr(ns, "content", "label", keeper, "containerd.io/gc.ref.content.other=" + index);

    try (ContainerdClient client = node.client(ns)) {
      ContainerdIndexStore store = new ContainerdIndexStore(client);
      assertThatThrownBy(() -> store.remove(List.of(built.descriptor().digest())))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is kept by blob " + keeper);
    }
  }

  @Test
  void findsTheIndexOfAnImageThatContainerdHasPulledAndDoesNotRemoveIt() throws IOException {
    String ns = "pulled";
    String name = node.registry() + "/pulled:1";
    node.importGolden("pulled-from", APP);
    try (ContainerdClient client = node.client("pulled-from");
        ContainerdSource source = ContainerdSource.open(client, APP + ":latest")) {
      Conversion conversion = convert(source);
      new ContainerdTarget(client, name).write(conversion.content());
    }
    node.ctr("pulled-from", "images", "push", "--plain-http", name);
    node.ctr(ns, "content", "fetch", "--plain-http", "--all-platforms", name);

    try (ContainerdClient client = node.client(ns)) {
      ContainerdIndexStore store = new ContainerdIndexStore(client);
      StoredArtifact.Index index = store.indexes().getFirst();
      assertThat(index.version()).isEqualTo(SociIndex.Version.V2);
      assertThat(index.names()).containsExactly(name);
      assertThat(index.platform()).hasToString("Optional[linux/amd64]");
      assertThatThrownBy(() -> store.remove(List.of(index.descriptor().digest())))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is part of image " + name);
    }
  }

  @Test
  void offersTheZtocsItHasForReuse() throws IOException {
    String ns = "reuse";
    node.importGolden(ns, APP);
    BuiltIndex built = create(ns, TestImages.SMALL_SPANS);
    try (ContainerdClient client = node.client(ns);
        ContainerdSource source = ContainerdSource.open(client, APP + ":latest")) {
      assertThat(source.referrers(source.root().digest(), SociMediaTypes.INDEX_V1))
          .containsExactly(built.descriptor());
      Conversion conversion =
          new Converter(
                  TestImages.SMALL_SPANS,
                  ConvertProgress.NONE,
                  new ContainerdIndexStore(client).supply())
              .convert(source, node.fresh("scratch"));
      assertThat(conversion.report().platforms().getFirst().layers())
          .allSatisfy(
              layer ->
                  assertThat(layer.outcome())
                      .isInstanceOfSatisfying(
                          Indexed.class, indexed -> assertThat(indexed.reused()).isTrue()));
      assertThat(ImageContent.of(source).root()).isEqualTo(source.root());
    }
  }

  @Test
  void storesNothingForAnImageThatIsNotThere() throws IOException {
    String ns = "absent";
    node.importGolden("absent-from", APP);
    try (ContainerdClient other = node.client("absent-from");
        ContainerdSource source = ContainerdSource.open(other, APP + ":latest");
        ContainerdClient client = node.client(ns)) {
      BuiltIndex built = node.buildV1(source, TestImages.SMALL_SPANS);
      ImageFacts facts = facts(source, built);

      assertThatThrownBy(
              () -> new ContainerdIndexStore(client).add(built.index(), facts, built.blobs()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not have image manifest");
    }
    assertThat(node.content(ns)).isEmpty();
    assertThat(node.leases(ns)).isEmpty();
  }

  private BuiltIndex create(String namespace, ConvertOptions options) throws IOException {
    try (ContainerdClient client = node.client(namespace);
        ContainerdSource source = ContainerdSource.open(client, "it/app")) {
      BuiltIndex built = node.buildV1(source, options);
      new ContainerdIndexStore(client).add(built.index(), facts(source, built), built.blobs());
      return built;
    }
  }

  private static ImageFacts facts(ContainerdSource source, BuiltIndex built) {
    return new ImageFacts(
        Optional.of(source.name()),
        source.root().digest(),
        built.index().subject().orElseThrow().digest(),
        Optional.empty());
  }

  private static Conversion convert(ContainerdSource source) throws IOException {
    return new Converter(TestImages.SMALL_SPANS, ConvertProgress.NONE)
        .convert(source, node.fresh("scratch"));
  }
}
