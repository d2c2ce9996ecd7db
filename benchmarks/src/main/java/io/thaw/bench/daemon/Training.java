package io.thaw.bench.daemon;

import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Await;
import io.thaw.it.node.Node;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Runs a daemon through what it does on a node, so that the JVM learns which classes it needs and
/// which methods are hot, and keeps that in an AOT cache.
public final class Training {
  private static final int IMAGES = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private Training() {}

  /// Writes the cache to `file`; an older one is replaced at once or not at all.
  ///
  /// @param launcher the program that starts the daemon, which heeds `THAW_TRAIN`
  /// @param progress is told if the training had to be a short one, and why
  public static void write(Path launcher, Path file, Consumer<String> progress) throws IOException {
    try (Node node = Node.create()) {
      Path made = node.dir().resolve("aot");
      List<String> command = List.of("env", "THAW_TRAIN=" + made, launcher.toString());
      Thawd thawd =
          node.own(
              Thawd.start(
                  Thawd.Setup.in(node.dir("thawd"), node.dir().resolve("thawd.log"))
                      .withExtraConfig("fill.start_delay_msec = 1\n")
                      .withLauncher(command)));
      try {
        work(node, thawd);
      } catch (IOException | RuntimeException e) {
        progress.accept("the daemon was trained without mounts: " + e.getMessage());
      }
      thawd.stop(PATIENCE);
      Files.copy(made, file.resolveSibling("aot.tmp"), StandardCopyOption.REPLACE_EXISTING);
      Files.move(file.resolveSibling("aot.tmp"), file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void work(Node node, Thawd thawd) throws IOException {
    LocalRegistry registry =
        node.own(
            LocalRegistry.start(
                node.dir("registry"), node.dir().resolve("registry.log"), new RegistryAuth.None()));
    try (SnapshotsClient snapshots = new SnapshotsClient(thawd.socket())) {
      int layers = 0;
      for (int i = 0; i < IMAGES; i++) {
        SmallImage image = SmallImage.push(i, node.dir("images"), registry);
        image.prepare(snapshots);
        image.read(snapshots, node.dir().resolve("view-" + i));
        layers += image.layers();
      }
      int expected = layers;
      Await.until(PATIENCE, "the images to settle", () -> thawd.settledLayers() == expected);
    }
  }
}
