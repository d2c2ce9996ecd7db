package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.it.image.DirectoryLayer;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.LayoutWriter;
import io.thaw.it.node.Commands;
import io.thaw.it.node.ContainerdRelease;
import io.thaw.it.node.MountedSnapshot;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.tree.TreeManifest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Images that are not as most are. Each has the right files in the end, and for each layer there
/// is a reason for the way it took.
class OddImagesIT {
  private static final String FALLBACK =
      "[pull_modes.parallel_pull_unpack]\nexperimental_parallel_pull_as_fallback = true\n";
  private static final String DEFERRED = "deferring to container runtime";
  private static final String ONE =
      """
      mkdir -p d/deep e
      echo one > d/x
      echo one > d/only-one
      echo one > e/gone
      openssl enc -aes-128-ctr -nosalt -pass pass:one -in /dev/zero 2>/dev/null | head -c 2000000 > noise
      """;
  private static final String OTHER =
      """
      mkdir -p d/deep e
      echo other > d/x
      echo other > d/deep/y
      touch e/.wh.gone
      """;

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void smallLayersAreFetchedWholeAndSayWhy() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    layer(writer, "one", ONE);
    layer(writer, "other", OTHER);
    ImageLayout image = finish(writer);
    String reference = pushIndexed(image);
    node.startNode(NodeExtension.NO_FILL + "[snapshotter]\nmin_layer_size = 1000000\n");

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).hasSize(1);
    assertThat(reasons(reference))
        .anySatisfy(reason -> assertThat(reason).startsWith("lazy: its zTOC is in index"))
        .anySatisfy(
            reason ->
                assertThat(reason)
                    .startsWith("eager: the layer has ")
                    .contains("fewer than snapshotter.min_layer_size = 1000000"));
    node.assertSameAsOverlayfs(image, reference);
  }

  /// A layer that comes again above another undoes what that one did to its files.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void layersThatStandTwiceAndLayersWithNothingInThem(boolean lazy) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    Path one = archive("one", ONE);
    writer.addStored(one);
    writer.addLayer(new ByteArrayInputStream(new byte[10_240]));
    layer(writer, "other", OTHER);
    writer.addStored(one);
    ImageLayout image = finish(writer);
    String reference = lazy ? pushIndexed(image) : node.pushed(image.dir(), "twice:1");
    node.startNode(lazy ? NodeExtension.NO_FILL : FALLBACK);

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().log()).doesNotContain(DEFERRED);
    assertThat(node.thawd().layerDirs()).as("one, nothing, other").hasSize(3);
    node.assertSameAsOverlayfs(image, reference);
    assertCanBeWrittenOn(image);
  }

  @Test
  void zstdLayersOfOneFrameAndPlainLayers() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    writer.addStored(archive("one", ONE));
    Path zstd = node.fresh("other.tar.zst");
    Commands.run("zstd", "-q", archive("other", OTHER).toString(), "-o", zstd.toString());
    writer.addStored(zstd);
    ImageLayout image = finish(writer);
    String reference = node.pushed(image.dir(), "zstd:1");
    node.startNode(FALLBACK);

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().log()).doesNotContain(DEFERRED);
    assertThat(reasons(reference))
        .hasSize(2)
        .allSatisfy(reason -> assertThat(reason).startsWith("eager: ").endsWith("; unpacked here"));
    node.assertSameAsOverlayfs(image, reference);
  }

  @Test
  void aForeignLayerIsContainerdsAndTheOthersAreOurs() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    layer(writer, "one", ONE);
    layer(writer, "other", OTHER);
    ImageLayout image = finish(writer);
    // Whoever distributes the layer has it; the image's own repository need not.
    node.pushed(image.dir(), "vendor:1");
    String elsewhere =
        "http://%s/v2/vendor/blobs/%s"
            .formatted(node.registry().address(), image.layers().getLast().digest());
    Path foreign =
        LyingLayout.withManifest(
            image,
            manifest -> {
              ObjectNode layer = (ObjectNode) manifest.at("/layers/1");
              layer.put(
                  "mediaType", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");
              layer.putArray("urls").add(elsewhere);
            });
    String reference = node.pushed(foreign, "foreign:1");
    node.startNode(FALLBACK);

    node.containerd().cri().pull(reference, null);

    Map<String, String> reasons = Reasons.of(node.thawd().socket(), reference);
    assertThat(reasons.get(image.layers().getFirst().digest())).startsWith("eager: ");
    assertThat(reasons.get(image.layers().getLast().digest()))
        .startsWith("deferred: it is a foreign layer");
    node.assertSameAsOverlayfs(image, reference);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", FALLBACK})
  void theImageThatHoldsAPodOpen(String config) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    node.startNode(config);

    var pod = node.containerd().cri().runPod();

    assertThat(pod.id()).isNotEmpty();
    assertThat(reasons(node.pause()))
        .singleElement()
        .asString()
        .startsWith(config.isEmpty() ? "deferred: " : "eager: ")
        .contains("the image has no SOCI index");
  }

  /// containerd 1.x turns such an image into one of today by itself, and unpacks it without asking
  /// a snapshotter whether it has the layers. Who asks is refused.
  @Test
  void anImageInDockersSchemaOneIsLeftToContainerd() throws IOException {
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    layer(writer, "one", ONE);
    layer(writer, "other", OTHER);
    ImageLayout image = finish(writer);
    SchemaOneRegistry old = node.own(SchemaOneRegistry.of(image));
    node.startNode(FALLBACK);

    try (SnapshotsClient asking = new SnapshotsClient(node.thawd().socket())) {
      assertThat(
              asking.prepareRemote(
                  "asking",
                  "",
                  Map.of(
                      "containerd.io/snapshot.ref", image.chainId(0),
                      "containerd.io/snapshot/cri.image-ref", old.reference(),
                      "containerd.io/snapshot/cri.manifest-digest", old.digest().toString(),
                      "containerd.io/snapshot/cri.layer-digest",
                          image.layers().getFirst().digest())))
          .isFalse();
      assertThat(reasons(old.reference()))
          .singleElement()
          .asString()
          .startsWith("deferred: ")
          .contains("schema 1");
      asking.remove("asking");
    }
    if (ContainerdRelease.HOST.version().major() == 1) {
      node.containerd().cri().pull(old.reference(), null);
      node.assertSameAsOverlayfs(image, old.reference());
    }
  }

  /// As many as containerd's overlayfs can mount: all names have to fit into a page.
  @Test
  void anImageOfAHundredAndTwentySevenLazyLayers() throws IOException {
    int count = 127;
    node.startRegistry(NodeExtension.FAST);
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    for (int i = 0; i < count; i++) {
      layer(writer, "layer" + i, "mkdir d && echo %1$d > d/%1$d && echo %1$d > last".formatted(i));
    }
    ImageLayout image = finish(writer);
    String reference = pushIndexed(image);
    node.startNode(NodeExtension.NO_FILL);

    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).hasSize(count);
    node.assertSameAsOverlayfs(image, reference);
  }

  /// A container's root, made and mounted as containerd does.
  private void assertCanBeWrittenOn(ImageLayout image) throws IOException {
    try (SnapshotsClient snapshots =
        new SnapshotsClient(node.containerd().socket(), "k8s.io", "thaw")) {
      Map<String, String> kept = Map.of("containerd.io/gc.root", "it");
      var mounts = snapshots.prepare("written", image.chainId(), kept);
      try (MountedSnapshot mounted = MountedSnapshot.at(node.dir("written"), mounts)) {
        assertThat(mounted.root().resolve("d/x")).hasContent("one\n");
        assertThat(mounted.root().resolve("e/gone")).hasContent("one\n");
        assertThat(mounted.root().resolve("d/deep/y")).hasContent("other\n");
        Files.writeString(mounted.root().resolve("d/x"), "changed");
        assertThat(TreeManifest.of(mounted.root()).lines()).hasSizeGreaterThan(8);
      }
      snapshots.remove("written");
    }
  }

  private List<String> reasons(String reference) throws IOException {
    return List.copyOf(Reasons.of(node.thawd().socket(), reference).values());
  }

  private void layer(LayoutWriter writer, String name, String script) throws IOException {
    DirectoryLayer.ofScript(writer, node.fresh(name), script);
  }

  private Path archive(String name, String script) throws IOException {
    return DirectoryLayer.archiveOfScript(node.fresh(name), script, node.fresh(name + ".tar"));
  }

  private static ImageLayout finish(LayoutWriter writer) throws IOException {
    return writer.finish(List.of("/nothing"), List.of("PATH=/"));
  }

  private String pushIndexed(ImageLayout image) throws IOException {
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    return node.pushed(converted, "indexed:1");
  }
}
