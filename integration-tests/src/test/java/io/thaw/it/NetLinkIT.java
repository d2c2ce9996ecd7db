package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.image.PauseImage;
import io.thaw.it.net.LinkRate;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.NetLink;
import io.thaw.it.net.NetNamespace;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Await;
import io.thaw.it.node.Commands;
import io.thaw.it.node.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A link between two network namespaces: what it carries, how long that takes at least, and that
/// nothing is left of it.
final class NetLinkIT {
  @ParameterizedTest
  @CsvSource({"0,0", "0,20", "50,20"})
  void carriesEveryByteAndIsNoFasterThanAsked(int rate, int roundTrip) throws IOException {
    try (Node node = Node.create()) {
      Path storage = node.dir("registry");
      ImageLayout image = shelve(node, storage);
      Layer layer = image.layers().getFirst();
      NetLink link = node.own(NetLink.open(new LinkRate(rate, roundTrip)));
      LocalRegistry registry =
          node.own(LocalRegistry.startBehind(link, storage, node.dir().resolve("far.log")));
      Process insider = new ProcessBuilder(inside(link.near(), "cat")).start();
      node.own(insider::destroyForcibly);
      long answered = registry.answered();
      Path copied = node.dir().resolve("copied");

      String url = "http://" + registry.address() + "/v2/it/pause/blobs/" + layer.digest();
      long start = System.nanoTime();
      Commands.run(inside(link.near(), "curl", "-sSf", "-o", copied.toString(), url), Map.of());
      double seconds = (System.nanoTime() - start) / 1e9;

      assertThat(copied).hasSameBinaryContentAs(image.blobFile(layer.digest()));
      Await.until(
          Duration.ofSeconds(60),
          "nsenter to enter",
          () -> link.receivedBytes(insider.pid()) > layer.sizeBytes());
      Await.until(
          Duration.ofSeconds(60), "the access log", () -> registry.answered() == answered + 1);
      double transfer = rate == 0 ? 0 : layer.sizeBytes() * 8 / (rate * 1e6);
      assertThat(seconds).isGreaterThan(2 * roundTrip / 1e3 + transfer * 0.9);
    }
  }

  @Test
  void leavesNoNamespaceBehind() throws IOException {
    String mine = "thaw-" + ProcessHandle.current().pid() + "-";
    NetLink link = NetLink.open(new LinkRate(1_000, 1));
    assertThat(Commands.run("ip", "netns", "list")).contains(mine);
    link.close();
    assertThat(Commands.run("ip", "netns", "list")).doesNotContain(mine);
  }

  private static ImageLayout shelve(Node node, Path storage) throws IOException {
    ImageLayout image = PauseImage.write(node.dir("image"));
    LocalRegistry registry =
        node.own(
            LocalRegistry.start(storage, node.dir().resolve("near.log"), new RegistryAuth.None()));
    new ImagePush(null).push(image.dir(), registry.address() + "/it/pause:1");
    node.release(registry);
    return image;
  }

  private static List<String> inside(NetNamespace namespace, String... command) {
    List<String> all = new ArrayList<>(namespace.enter());
    all.addAll(List.of(command));
    return all;
  }
}
