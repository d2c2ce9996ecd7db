package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DirectoryLayer;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.image.LayoutWriter;
import io.thaw.it.net.LinkRate;
import io.thaw.it.node.Await;
import io.thaw.it.node.CriClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pulls that do not go as most go: of images that share layers, side by side or one after the
/// other, given up half-way, or taken back before they are complete.
class OddPullsIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final LinkRate SLOW = new LinkRate(40, 5);
  private static final String FALLBACK =
      "[pull_modes.parallel_pull_unpack]\nexperimental_parallel_pull_as_fallback = true\n";
  private static final String DEFERRED = "deferring to container runtime";

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoImagesThatShareLayersArePulledAtOnce(boolean lazy) throws Exception {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout one = sharing("one");
    ImageLayout other = sharing("other");
    String first = lazy ? pushIndexed(one, "one") : node.pushed(one.dir(), "one:1");
    String second = lazy ? pushIndexed(other, "other") : node.pushed(other.dir(), "other:1");
    node.startNode(lazy ? NodeExtension.NO_FILL : FALLBACK);

    inParallel(
        List.of(() -> pull(first), () -> pull(second), () -> pull(first), () -> pull(second)));

    assertThat(node.thawd().log()).doesNotContain(DEFERRED);
    assertThat(node.thawd().layerDirs()).as("two that are shared, one of each").hasSize(4);
    assertThat(node.thawd().lazyMounts()).hasSize(lazy ? 4 : 0);
    node.assertSameAsOverlayfs(one, first);
    node.assertSameAsOverlayfs(other, second);
  }

  @Test
  void anImagePartOfWhichIsHereAlready() throws Exception {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout one = sharing("one");
    ImageLayout other = sharing("other");
    String first = node.pushed(one.dir(), "one:1");
    String second = node.pushed(other.dir(), "other:1");
    node.startNode(FALLBACK);
    node.containerd().cri().pull(first, null);
    long before = node.link().bytesDown();

    node.containerd().cri().pull(second, null);

    Layer shared = one.layers().getFirst();
    assertThat(other.layers().getFirst()).isEqualTo(shared);
    assertThat(node.link().bytesDown() - before)
        .as("the shared layers are here")
        .isLessThan(shared.sizeBytes());
    node.containerd().cri().removeImage(first);
    Await.until(
        LIMIT, "the first image's own layer to go", () -> node.thawd().layerDirs().size() == 3);
    node.assertSameAsOverlayfs(other, second);
  }

  /// A layer that was kept beside others may be here lazily, or whole, when an image without an
  /// index asks for it.
  @Test
  void whatIsLazyHereIsEnoughForAnImageWithoutIndex() throws Exception {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout one = sharing("one");
    String indexed = pushIndexed(one, "indexed");
    ImageLayout other = sharing("other");
    String plain = node.pushed(other.dir(), "plain:1");
    node.startNode(NodeExtension.NO_FILL + FALLBACK);
    node.containerd().cri().pull(indexed, null);

    node.containerd().cri().pull(plain, null);

    assertThat(node.thawd().lazyMounts()).hasSize(3);
    assertThat(Reasons.of(node.thawd().socket(), plain))
        .containsKey(other.layers().getLast().digest());
    node.assertSameAsOverlayfs(other, plain);
    node.assertSameAsOverlayfs(one, indexed);
  }

  @Test
  void aPullWhoseCallerGoesAwayEndsAndLeavesNothing() throws Exception {
    node.startRegistry(SLOW);
    ImageLayout image = TestImages.debian();
    String reference = node.pushed(image.dir(), "debian:1");
    node.startNode(FALLBACK);
    long before = node.link().bytesDown();
    CriClient caller = CriClient.connect(node.containerd().socket(), node.dir("caller"));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> pull = threads.submit(() -> pulled(caller, reference));
      Await.until(LIMIT, "bytes to come", () -> node.link().bytesDown() - before > 500_000);
      assertThat(node.thawd().layerDirs()).isNotEmpty();
      caller.close();
      assertThat(pull.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isFalse();
    }

    Await.until(LIMIT, "the work to end", () -> node.thawd().layerDirs().isEmpty());
    assertThat(node.link().bytesDown() - before).isLessThan(image.compressedBytes());
    node.containerd().cri().pull(reference, null);
    node.assertSameAsOverlayfs(image, reference);
  }

  @Test
  void anImageThatIsRemovedWhileItFills() throws Exception {
    node.startRegistry(SLOW);
    ImageLayout image = TestImages.debian();
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, ConvertOptions.DEFAULT.withMinLayerSize(0));
    String reference = node.pushed(converted, "debian:1");
    node.startNode("[fill]\nstart_delay_msec = 1\n");
    node.containerd().cri().pull(reference, null);
    long before = node.link().bytesDown();
    Await.until(LIMIT, "the fill to run", () -> node.link().bytesDown() - before > 500_000);

    node.containerd().cri().removeImage(reference);

    Await.until(LIMIT, "the layers to go", () -> node.thawd().layerDirs().isEmpty());
    assertThat(node.thawd().lazyMounts()).isEmpty();
    assertThat(node.link().bytesDown() - before).isLessThan(image.compressedBytes());
    node.containerd().cri().pull(reference, null);
    node.assertSameAsOverlayfs(image, reference);
  }

  private static boolean pulled(CriClient caller, String reference) {
    try {
      caller.pull(reference, null);
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private Void pull(String reference) {
    node.containerd().cri().pull(reference, null);
    return null;
  }

  private static void inParallel(List<Callable<Void>> calls) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> call : threads.invokeAll(calls)) {
        call.get();
      }
    }
  }

  /// Two layers that are the same in every such image, and one that is not.
  private ImageLayout sharing(String name) throws IOException {
    LayoutWriter writer = new LayoutWriter(node.fresh(name));
    Path work = node.dir("work-" + name);
    DirectoryLayer.ofScript(writer, work.resolve("base"), noise("base", 3_000_000));
    DirectoryLayer.ofScript(writer, work.resolve("middle"), noise("middle", 200_000));
    DirectoryLayer.ofScript(writer, work.resolve("top"), noise(name, 200_000));
    return writer.finish(List.of("/nothing"), List.of("PATH=/"));
  }

  private static String noise(String name, int bytes) {
    return """
    mkdir -p common %1$s
    echo %1$s > common/last
    openssl enc -aes-128-ctr -nosalt -pass pass:%1$s -in /dev/zero 2>/dev/null | head -c %2$d > %1$s/noise
    """
        .formatted(name, bytes);
  }

  private String pushIndexed(ImageLayout image, String name) throws IOException {
    Path converted = node.fresh("converted-" + name);
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    return node.pushed(converted, name + ":1");
  }
}
