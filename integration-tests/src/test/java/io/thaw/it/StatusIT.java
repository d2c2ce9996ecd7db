package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.net.LinkRate;
import io.thaw.it.node.Await;
import io.thaw.it.node.CriClient.Pod;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The daemon explains itself: `thaw status`, `thaw explain` and `thaw prewarm` against a real
/// node.
class StatusIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  private ThawCommand thaw(String... args) {
    return ThawCommand.run(node.thawd(), args);
  }

  private JsonNode image(String reference) throws IOException {
    return ThawCommand.image(node.thawd(), reference);
  }

  private String push(String name, ConvertOptions options) throws IOException {
    Path converted = node.fresh("converted");
    ImagePush.convert(TestImages.debian().dir(), converted, options);
    node.push().push(converted, node.registry().address() + "/" + name + ":1");
    return node.link().address() + "/" + name + ":1";
  }

  @Test
  void aLazyImageTellsItsModeItsReasonAndHowFarItIsUntilItSettles() throws IOException {
    node.startRegistry(new LinkRate(100, 5));
    String reference = push("debian", ConvertOptions.DEFAULT);
    node.startNode("[fill]\nstart_delay_msec = 1\n");

    ThawCommand before = thaw("explain", "--json", reference);
    assertThat(before.code()).as(before.err()).isZero();
    assertThat(before.json().path("mode").asText()).isEqualTo("lazy");
    assertThat(before.json().path("index").path("source").asText()).isEqualTo("annotation");
    assertThat(before.json().path("bytesBehind").asLong()).isPositive();
    assertThat(thaw("status", "--json").json().path("images")).isEmpty();

    node.containerd().cri().pull(reference, null);

    JsonNode first = image(reference);
    assertThat(first.path("mode").asText()).isEqualTo("lazy");
    assertThat(first.path("reason").asText()).contains("zTOC");
    assertThat(first.path("index").path("digest").asText())
        .isEqualTo(before.json().path("index").path("digest").asText());
    long seen = first.path("bytesPresent").asLong();
    Await.until(
        LIMIT,
        "more of the image to be here",
        () ->
            image(reference).path("bytesPresent").asLong() > seen
                || image(reference).path("settled").asBoolean());
    Await.until(LIMIT, "the image to settle", () -> image(reference).path("settled").asBoolean());
    assertThat(image(reference).path("filledPercent").asInt()).isEqualTo(100);

    node.thawd().kill();
    assertThat(thaw("status").err()).contains("thawd is not running");
    node.restartThawd();
    assertThat(image(reference).path("mode").asText()).as("after a restart").isEqualTo("lazy");
    assertThat(image(reference).path("reason").asText()).contains("zTOC");

    node.containerd().cri().removeImage(reference);
    Await.until(
        LIMIT, "the reasons to go with the image", () -> thaw("status", reference).code() == 1);
  }

  @Test
  void anImageWithoutIndexTellsWhyAndWhatToDo() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    node.push().push(image.dir(), node.registry().address() + "/plain:1");
    String reference = node.link().address() + "/plain:1";
    node.startNode("");

    ThawCommand told = thaw("explain", reference);
    assertThat(told.code()).as(told.err()).isZero();
    assertThat(told.out()).contains("no SOCI index", "thaw convert", "deferred");

    node.containerd().cri().pull(reference, null);

    assertThat(image(reference).path("mode").asText()).isEqualTo("deferred");
    assertThat(image(reference).path("reason").asText()).contains("no SOCI index");
    assertThat(thaw("status").out()).contains("deferred", "no SOCI index");
  }

  @Test
  void aPullAfterAPrewarmAsksTheRegistryForNoLayer() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push("debian", ConvertOptions.DEFAULT);
    node.startNode(NodeExtension.NO_FILL);

    ThawCommand warm = thaw("prewarm", "--json", reference);
    assertThat(warm.code()).as(warm.err()).isZero();
    assertThat(warm.json().path("layers")).hasSize(5);
    assertThat(node.thawd().settledLayers()).isEqualTo(4);
    assertThat(thaw("status", "--json").json().path("prewarmed")).hasSize(5);
    node.thawd().stop();
    node.restartThawd();
    assertThat(node.thawd().layerDirs()).as("kept over a restart").hasSize(5);
    long before = node.link().bytesDown();

    Pod pod = podAfterRestart();
    node.containerd().cri().pull(reference, null);
    String output = node.containerd().cri().runToEnd(pod, reference, List.of(), LIMIT);

    assertThat(output).startsWith(DebianImage.OUTPUT);
    assertThat(node.link().bytesDown() - before)
        .as("manifests, the configuration and the index; the smallest layer has more")
        .isLessThan(200_000);
    assertThat(image(reference).path("mode").asText()).isEqualTo("lazy");
  }

  /// containerd's connections find a restarted daemon one after the other.
  private Pod podAfterRestart() throws IOException {
    AtomicReference<Pod> pod = new AtomicReference<>();
    Await.until(
        LIMIT,
        "containerd to start a pod after the restart",
        () -> {
          try {
            pod.set(node.containerd().cri().runPod());
            return true;
          } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
              throw e;
            }
            return false;
          }
        });
    return pod.get();
  }

  @Test
  void whatWasPrewarmedIsDroppedWhenAskedTo() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    String reference = push("debian", ConvertOptions.DEFAULT);
    node.startNode(NodeExtension.NO_FILL);
    assertThat(thaw("prewarm", "--until", "index", reference).code()).isZero();
    assertThat(node.thawd().layerDirs()).hasSize(4);

    assertThat(thaw("prewarm", "--drop", reference).code()).isZero();

    Await.until(LIMIT, "the layers to go", () -> node.thawd().layerDirs().isEmpty());
    assertThat(thaw("status", "--json").json().path("prewarmed")).isEmpty();
  }
}
