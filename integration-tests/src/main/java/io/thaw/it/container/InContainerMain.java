package io.thaw.it.container;

import io.thaw.it.node.Dockerd;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;

/// `./dev it --in-container`: runs the integration tests in a container of whatever Docker engine
/// there is. Where none answers, a private one is started for as long as that takes.
///
/// The exit status is that of the tests; 69 if there is no engine and none can be started.
public final class InContainerMain {
  private static final int UNAVAILABLE = 69; // EX_UNAVAILABLE of sysexits.h
  private static final String DEBIAN = "debian:12";
  private static final String BASE_IMAGE = "THAW_IT_BASE_IMAGE";

  private InContainerMain() {}

  /// Finds an engine and runs the tests on it.
  ///
  /// @param args the checkout, the local Maven repository, and what goes to `./dev it`
  public static void main(String[] args) throws IOException {
    Path checkout = Path.of(args[0]).toAbsolutePath();
    Path maven = Path.of(args[1]).toAbsolutePath();
    List<String> rest = List.of(args).subList(2, args.length);
    int status;
    if (DockerClientFactory.instance().isDockerAvailable()) {
      String base = System.getenv().getOrDefault(BASE_IMAGE, DEBIAN);
      status = new TestContainer(checkout, maven, base).run(rest);
    } else {
      status = onPrivateEngine(args);
    }
    System.exit(status);
  }

  private static int onPrivateEngine(String[] args) throws IOException {
    Optional<String> unusable =
        "root".equals(System.getProperty("user.name"))
            ? Dockerd.unusable()
            : Optional.of("only root can start one");
    if (unusable.isPresent()) {
      System.err.println(
          "No Docker engine answers, and none can be started here: "
              + unusable.get()
              + ". Start Docker, or set DOCKER_HOST.");
      return UNAVAILABLE;
    }
    try (PrivateEngine engine = PrivateEngine.start()) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(InContainerMain.class.getName());
      command.addAll(List.of(args));
      ProcessBuilder again = new ProcessBuilder(command).inheritIO();
      again.environment().put("DOCKER_HOST", "unix://" + engine.socket());
      again.environment().put(BASE_IMAGE, engine.baseImage());
      // There is no network of containers whose gateway could be asked for, and no registry to
      // pull an image from that looks whether all is well.
      again.environment().put("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1");
      again.environment().put("TESTCONTAINERS_CHECKS_DISABLE", "true");
      again.environment().put("TESTCONTAINERS_TINYIMAGE_CONTAINER_IMAGE", engine.baseImage());
      Process process = again.start();
      try {
        return process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while tests ran in a container", e);
      } finally {
        process.destroy();
      }
    }
  }
}
