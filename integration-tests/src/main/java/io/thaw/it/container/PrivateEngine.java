package io.thaw.it.container;

import io.thaw.it.image.DebianImage;
import io.thaw.it.node.Commands;
import io.thaw.it.node.Dockerd;
import io.thaw.it.node.Mounts;
import io.thaw.it.node.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A Docker engine for a host that has none: the fetched programs, and as base image a minimal
/// installation of the host's own distribution, made by debootstrap, with the host's JDK. No
/// registry of images has to be reachable. What it has built stays in the cache for the next time.
final class PrivateEngine implements AutoCloseable {
  private final Node node;
  private final Dockerd dockerd;
  private final String baseImage;

  private PrivateEngine(Node node, Dockerd dockerd, String baseImage) {
    this.node = node;
    this.dockerd = dockerd;
    this.baseImage = baseImage;
  }

  static PrivateEngine start() throws IOException {
    Path store = Files.createDirectories(DebianImage.defaultCache().resolve("engine"));
    // Closed by a hook of the JVM too. Its directory is short, as sockets need it.
    Node node = Node.create();
    try {
      System.err.println("== no Docker engine answers: starting a private one");
      Dockerd dockerd =
          node.own(Dockerd.startPlain(node.dir("d"), store, node.dir().resolve("dockerd.log")));
      node.own(() -> Mounts.removeAllUnder(store));
      // What a run that was killed could not take away.
      dockerd.docker("container", "prune", "--force");
      dockerd.docker("volume", "prune", "--force");
      return new PrivateEngine(node, dockerd, baseImage(dockerd, node));
    } catch (IOException e) {
      node.close();
      throw e;
    }
  }

  Path socket() {
    return dockerd.socket();
  }

  String baseImage() {
    return baseImage;
  }

  private static String baseImage(Dockerd dockerd, Node node) throws IOException {
    String suite =
        Commands.run("sh", "-c", ". /etc/os-release && echo \"$VERSION_CODENAME\"").strip();
    Path jdk = Path.of(System.getProperty("java.home")).toRealPath();
    String name = "thaw-it-base:" + suite + "-" + System.getProperty("java.version");
    if (!dockerd.docker("image", "ls", "--quiet", name).isBlank()) {
      return name;
    }
    System.err.println("== making a base image of " + suite + " by debootstrap");
    Path root = node.dir("root");
    String mirror =
        Commands.run(
                "sh",
                "-c",
                "apt-get indextargets --format '$(SITE)' 'Codename: " + suite + "' | head -n 1")
            .strip();
    Commands.run("debootstrap", "--variant=minbase", suite, root.toString(), mirror);
    // Packages come from where this host has them.
    Commands.run("rm", "-rf", root.resolve("etc/apt").toString());
    Commands.run("cp", "-a", "/etc/apt", root.resolve("etc").toString());
    Commands.run("cp", "-a", "/usr/share/keyrings", root.resolve("usr/share").toString());
    Path place = Files.createDirectories(root.resolve("usr/lib/jvm"));
    Commands.run("cp", "-a", jdk.toString(), place.toString());
    Path tar = node.dir().resolve("base.tar");
    Commands.run("tar", "-C", root.toString(), "-cf", tar.toString(), ".");
    dockerd.docker("import", tar.toString(), name);
    Commands.run("rm", "-rf", "--one-file-system", root.toString());
    return name;
  }

  @Override
  public void close() throws IOException {
    node.close();
  }
}
