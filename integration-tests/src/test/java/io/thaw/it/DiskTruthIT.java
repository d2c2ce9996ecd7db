package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.node.Await;
import io.thaw.it.node.CriClient.CreatedContainer;
import io.thaw.it.node.CriClient.Pod;
import io.thaw.it.node.ImageView;
import io.thaw.it.node.Mounts;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.tree.TreeManifest;
import io.thaw.proto.containerd.snapshots.v1.Info;
import io.thaw.proto.containerd.snapshots.v1.UsageResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What layers take on disk: told truly, given back wholly, kept within a bound.
class DiskTruthIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String FILL_AT_ONCE = "[fill]\nstart_delay_msec = 1\n";

  @RegisterExtension private final NodeExtension node = new NodeExtension();
  private ImageLayout image;

  @Test
  void usageOfASettledImageIsWhatOverlayfsSaysOfIt() throws IOException {
    String reference = start(FILL_AT_ONCE);
    node.containerd().cri().pull(reference, null);
    Await.until(LIMIT, "5 layers to settle", () -> node.thawd().settledLayers() >= 5);
    try (ImageView _ = node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
      Map<String, UsageResponse> ours = usages("k8s.io", "thaw");
      Map<String, UsageResponse> plain = usages("plain", "overlayfs");

      assertThat(ours.keySet()).containsAll(plain.keySet());
      assertThat(plain).hasSize(5);
      for (var layer : plain.entrySet()) {
        UsageResponse own = ours.get(layer.getKey());
        assertThat(own.getInodes()).as(layer.getKey()).isEqualTo(layer.getValue().getInodes());
        // Directories grow with the order in which names come.
        Offset<Long> directories = within(Math.max(65_536, layer.getValue().getSize() / 100));
        assertThat(own.getSize())
            .as(layer.getKey())
            .isCloseTo(layer.getValue().getSize(), directories);
      }
    }
  }

  private Map<String, UsageResponse> usages(String namespace, String snapshotter)
      throws IOException {
    Map<String, UsageResponse> usages = new TreeMap<>();
    try (SnapshotsClient snapshots =
        new SnapshotsClient(node.containerd().socket(), namespace, snapshotter)) {
      for (Info info : snapshots.list("kind==committed")) {
        usages.put(info.getName(), snapshots.usage(info.getName()));
      }
    }
    return usages;
  }

  @Test
  void aRemovedImageGivesBackEverythingAndSoDoesACrash() throws IOException {
    String reference = start(FILL_AT_ONCE);
    node.containerd().cri().pull(reference, null);
    Await.until(LIMIT, "a layer to settle", () -> node.thawd().settledLayers() >= 1);
    assertThat(below("layers")).hasSize(5);
    node.thawd().kill();
    Path root = node.thawd().root();
    Files.createDirectories(root.resolve("layers/77/tree/usr/lib"));
    Files.createDirectories(root.resolve("layers/removed-5-x/tree"));
    Files.createDirectories(root.resolve("snapshots/new-9-x/fs"));
    Files.createDirectories(root.resolve("snapshots/4711/fs"));

    node.restartThawd();

    Await.until(LIMIT, "what the crash left to go", () -> below("layers").size() == 5);
    assertThat(below("snapshots")).doesNotContain("new-9-x", "4711");
    assertThat(Mounts.fuseUnder(root)).hasSizeLessThanOrEqualTo(5);
    node.containerd().cri().removeImage(reference);
    Await.until(LIMIT, "the layers to go", () -> below("layers").isEmpty());
    assertThat(Mounts.fuseUnder(root)).isEmpty();
    assertThat(below("snapshots")).isEmpty();
  }

  private List<String> below(String directory) throws IOException {
    try (Stream<Path> files = Files.list(node.thawd().root().resolve(directory))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void aBoundEmptiesLayersNobodyUsesAndContainersOfThemReadTheSame() throws IOException {
    long bound = 40L << 20;
    String reference = start("[cache]\nmax_size_bytes = " + bound + "\n" + FILL_AT_ONCE);
    node.containerd().cri().pull(reference, null);
    Await.until(
        LIMIT, "layers to be emptied", () -> node.thawd().log().contains("emptied a layer"));
    Await.until(LIMIT, "layers to be within their bound", () -> layerBytes() < bound);

    Pod pod = node.containerd().cri().runPod();
    CreatedContainer container =
        node.containerd().cri().create(pod, reference, List.of("/bin/sleep", "100000"));
    node.containerd().cri().start(container.id());
    try (ImageView ours = node.containerd().view(image.chainId(), node.dir("ours"));
        ImageView plain =
            node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
      TreeManifest expected = TreeManifest.of(plain.root());
      assertThat(expected.differencesTo(TreeManifest.of(ours.root()))).isEmpty();
      // All of it is here now, above the bound, because a container has it below itself.
      assertThat(layerBytes()).isGreaterThan(bound);
      assertThat(expected.differencesTo(TreeManifest.of(ours.root()))).isEmpty();
    }
    Await.until(
        LIMIT,
        "the daemon to say why it is above the bound",
        () -> node.thawd().log().contains("layers take more than cache.max_size_bytes"));
    assertThat(layerBytes()).isGreaterThan(bound);
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);

    node.containerd().cri().removeEverything();

    Await.until(LIMIT, "layers to be within their bound again", () -> layerBytes() < bound);
    assertThat(node.containerd().cri().imagePresent(reference)).isTrue();
    pod = node.containerd().cri().runPod();
    assertThat(node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT))
        .startsWith(DebianImage.OUTPUT);
  }

  private long layerBytes() throws IOException {
    long sum = 0;
    for (UsageResponse usage : usages("k8s.io", "thaw").values()) {
      sum += usage.getSize();
    }
    return sum;
  }

  private String start(String config) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    image = TestImages.debian();
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    node.push().push(converted, node.registry().address() + "/debian:1");
    node.startNode(config);
    return node.link().address() + "/debian:1";
  }
}
