package io.thaw.it.container;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.utility.DockerImageName;

/// A privileged container with this checkout, in which `./dev it` runs.
///
/// @param checkout read, never written: the container works on a copy that it keeps in a volume
/// @param maven the local Maven repository, shared with the container
/// @param base the image to install what `./dev setup` wants on
record TestContainer(Path checkout, Path maven, String base) {
  private static final String IMAGE = "thaw-it:latest";
  private static final String RESULTS = "integration-tests/target/in-container";

  /// Runs the tests and returns their exit status. What they print is printed, and their reports
  /// are copied to `integration-tests/target/in-container`.
  int run(List<String> args) throws IOException {
    Path results = Files.createDirectories(checkout.resolve(RESULTS));
    System.err.println("== building the image " + IMAGE + " on " + base);
    DockerImageName image = DockerImageName.parse(image().get());
    List<String> command = new ArrayList<>(List.of("/run-tests", checkout.toString()));
    command.addAll(args);
    try (GenericContainer<?> container =
        new GenericContainer<>(image)
            .withPrivilegedMode(true)
            .withNetworkMode("host")
            .withEnv("MAVEN_REPO_LOCAL", maven.toString())
            .withFileSystemBind(checkout.toString(), "/src", BindMode.READ_ONLY)
            .withFileSystemBind(results.toString(), "/results", BindMode.READ_WRITE)
            .withFileSystemBind(maven.toString(), maven.toString(), BindMode.READ_WRITE)
            .withCreateContainerCmdModifier(this::addVolumes)
            .withLogConsumer(frame -> System.out.print(frame.getUtf8String()))
            .withCommand(command.toArray(String[]::new))) {
      Runtime.getRuntime().addShutdownHook(new Thread(container::stop, "container-cleanup"));
      container.start();
      return container
          .getDockerClient()
          .waitContainerCmd(container.getContainerId())
          .start()
          .awaitStatusCode();
    }
  }

  private ImageFromDockerfile image() throws IOException {
    return new ImageFromDockerfile(IMAGE, false)
        .withFileFromString("Dockerfile", resource("Dockerfile").replace("BASE", base))
        .withFileFromString("run-tests", resource("run-tests.sh"))
        .withFileFromPath("dev", checkout.resolve("dev"))
        // An engine without a network of containers can build too.
        .withBuildImageCmdModifier(build -> build.withNetworkMode("host"));
  }

  /// The node's directories need a disk below them: overlayfs cannot stand on the overlayfs that a
  /// container's root is. The copy of the checkout and what the tests fetch are kept.
  private void addVolumes(CreateContainerCmd create) {
    Objects.requireNonNull(create.getHostConfig())
        .withMounts(
            List.of(
                volume("/var/tmp"),
                volume(checkout.toString()).withSource("thaw-it-checkout"),
                volume("/root/.cache").withSource("thaw-it-cache")));
  }

  private static Mount volume(String target) {
    return new Mount().withType(MountType.VOLUME).withTarget(target);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = TestContainer.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
