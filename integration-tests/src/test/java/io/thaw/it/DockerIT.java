package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.thaw.index.ConvertOptions;
import io.thaw.it.image.DebianImage;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.Layer;
import io.thaw.it.net.LinkRate;
import io.thaw.it.node.Await;
import io.thaw.it.node.ContainerdRelease;
import io.thaw.it.node.Dockerd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Docker with containerd's image store and our plugin as its storage driver: what its users do
/// with images that have not arrived, and what it cannot do with them.
class DockerIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String MOBY = "moby";

  @RegisterExtension private final NodeExtension node = new NodeExtension(ContainerdRelease.V2);

  private Dockerd docker;
  private int starts;

  @BeforeEach
  void requireDocker() {
    Optional<String> unusable = Dockerd.unusable();
    assumeTrue(unusable.isEmpty(), () -> unusable.orElse(""));
  }

  @Test
  void pullsLazilyRunsAndGivesEverythingBackWithTheImage() throws IOException {
    ImageLayout image = TestImages.debian();
    String reference = pushIndexed(image);
    startDocker();
    assertThat(docker.docker("info", "--format", "{{.Driver}}").strip()).isEqualTo("thaw");

    docker.docker("pull", reference);

    JsonNode status = ThawCommand.image(node.thawd(), reference);
    assertThat(status.path("mode").asText()).isEqualTo("lazy");
    assertThat(status.path("reason").asText()).contains("zTOC");
    assertThat(node.thawd().lazyMounts()).hasSize(4);
    assertThat(status.path("bytesPresent").asLong())
        .as("bytes here after the pull")
        .isLessThan(image.compressedBytes() / 20);
    assertNoLayerFetched(image);

    assertThat(docker.docker("run", "--rm", "--network=none", reference))
        .startsWith(DebianImage.OUTPUT);
    JsonNode after = ThawCommand.image(node.thawd(), reference);
    assertThat(after.path("bytesPresent").asLong())
        .as("bytes here after the run")
        .isPositive()
        .isLessThan(image.compressedBytes() * 7 / 10);
    assertThat(docker.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").strip())
        .isEqualTo(reference);

    docker.docker("image", "rm", reference);
    Await.until(LIMIT, "the layers to go", () -> layerDirs() == 0);
    assertThat(node.thawd().lazyMounts()).isEmpty();
    assertThat(snapshots()).isEmpty();
  }

  @Test
  void anImageWithoutIndexComesWholeAndTheReasonIsKept() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.debian();
    node.push().push(image.dir(), node.registry().address() + "/plain:1");
    String reference = node.link().address() + "/plain:1";
    node.startNode("");
    startDocker();

    assertThat(docker.docker("run", "--quiet", "--rm", "--network=none", reference))
        .startsWith(DebianImage.OUTPUT);

    JsonNode status = ThawCommand.image(node.thawd(), reference);
    assertThat(status.path("mode").asText()).isEqualTo("deferred");
    assertThat(status.path("reason").asText()).contains("no SOCI index");
    assertThat(node.thawd().lazyMounts()).isEmpty();
  }

  @Test
  void containersAndImagesAreThereAfterARestartOfTheEngine() throws IOException {
    String reference = pushIndexed(TestImages.debian());
    startDocker();
    String script = "[ -e /mine ] || echo kept >/mine; exec /bin/sleep 1000";
    docker.docker(
        "run",
        "--quiet",
        "-d",
        "--network=none",
        "--stop-signal=KILL",
        "--name=steady",
        reference,
        "/bin/bash",
        "-c",
        script);
    Await.until(LIMIT, "the container to write", () -> catMine().equals("kept"));

    assertThat(docker.stop()).isZero();
    docker.close();
    startDocker();

    assertThat(docker.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").strip())
        .isEqualTo(reference);
    docker.docker("start", "steady");
    assertThat(catMine()).isEqualTo("kept");
    assertThat(docker.docker("exec", "steady", "/usr/bin/python3", "/app/run.py"))
        .as("what was not read before the restart")
        .startsWith(DebianImage.OUTPUT);
    docker.docker("rm", "--force", "steady");
  }

  @Test
  void imagesAreMadeOnTopOfOneThatHasNotArrived() throws IOException {
    String reference = pushIndexed(TestImages.debian());
    startDocker();
    docker.docker(
        "run",
        "--quiet",
        "--name=changed",
        "--network=none",
        reference,
        "/bin/bash",
        "-c",
        "echo new >/new; /usr/bin/rm /app/run.py");

    docker.docker("commit", "changed", "committed:1");
    assertThat(
            docker.docker(
                "run",
                "--rm",
                "--network=none",
                "committed:1",
                "/bin/bash",
                "-c",
                "cat /new; ls /app"))
        .isEqualTo("new\n");

    Path context = node.dir("context");
    Files.writeString(
        context.resolve("Dockerfile"),
        "FROM " + reference + "\nCOPY Dockerfile /built\nRUN echo more >>/built\n");
    docker.docker(context, "build", "--network=none", "--tag=built:1", ".");
    assertThat(
            docker.docker("run", "--rm", "--network=none", "built:1", "/bin/tail", "-1", "/built"))
        .isEqualTo("more\n");
    assertNoLayerFetched(TestImages.debian());
    Path copied = node.dir("copied");
    docker.docker("cp", "changed:/usr/lib/os-release", copied.toString());
    assertThat(copied.resolve("os-release")).content().contains("NAME=");
    docker.docker("rm", "changed");
  }

  @Test
  void whatNeedsTheLayersThemselvesWorksOnceContainerdHasThem() throws IOException {
    String reference = pushIndexed(TestImages.debian());
    startDocker();
    docker.docker("pull", reference);
    String copy = node.link().address() + "/copy:1";
    docker.docker("tag", reference, copy);
    assertThat(config(reference)).as("docker knows no configuration").doesNotContain("run.py");
    assertThatThrownBy(() -> docker.docker("push", copy)).hasMessageContaining("copy:1");

    node.containerd().ctrIn(MOBY, "content", "fetch", "--plain-http", reference);

    assertThat(config(reference)).contains("/app/run.py");
    docker.docker("push", copy);
    assertThat(node.thawd().lazyMounts()).as("containers still start lazily").hasSize(4);
  }

  private void startDocker() throws IOException {
    docker =
        node.own(
            Dockerd.startOn(
                node.containerd().socket(), node.dir("docker"), node.log("dockerd" + starts++)));
  }

  private String pushIndexed(ImageLayout image) throws IOException {
    node.startRegistry(new LinkRate(1_000, 2));
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, ConvertOptions.DEFAULT);
    node.push().push(converted, node.registry().address() + "/debian:1");
    node.startNode(NodeExtension.NO_FILL);
    return node.link().address() + "/debian:1";
  }

  private String config(String reference) throws IOException {
    return docker.docker("image", "inspect", "--format", "{{json .Config}}", reference);
  }

  private String catMine() {
    try {
      return docker.docker("exec", "steady", "/bin/cat", "/mine").strip();
    } catch (IOException e) {
      return "";
    }
  }

  private void assertNoLayerFetched(ImageLayout image) throws IOException {
    String content = node.containerd().ctrIn(MOBY, "content", "ls", "-q");
    for (Layer layer : image.layers()) {
      assertThat(content).as("containerd fetched a layer").doesNotContain(layer.digest());
    }
  }

  private List<String> snapshots() throws IOException {
    return node.containerd()
        .ctrIn(MOBY, "snapshots", "--snapshotter", "thaw", "ls")
        .lines()
        .skip(1)
        .toList();
  }

  private int layerDirs() throws IOException {
    try (Stream<Path> files = Files.list(node.thawd().root().resolve("layers"))) {
      return Math.toIntExact(
          files
              .filter(f -> f.getFileName().toString().chars().allMatch(Character::isDigit))
              .count());
    }
  }
}
