package io.thaw.it.image;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The image that holds a pod open: a static busybox that sleeps.
public final class PauseImage {
  private static final List<Path> PLACES =
      List.of(Path.of("/bin/busybox"), Path.of("/usr/bin/busybox"));

  private PauseImage() {}

  /// Writes the image's layout to `dir`.
  public static ImageLayout write(Path dir) throws IOException {
    Path busybox = find();
    Path root = Files.createTempDirectory("thaw-pause");
    try {
      Files.createDirectory(root.resolve("bin"));
      Files.copy(busybox, root.resolve("bin/busybox"));
      LayoutWriter layout = new LayoutWriter(dir);
      DirectoryLayer.add(layout, root, "--owner=0", "--group=0", "--mode=755", "bin");
      return layout.finish(List.of("/bin/busybox", "sleep", "2147483647"), List.of("PATH=/bin"));
    } finally {
      Commands.run("rm", "-rf", root.toString());
    }
  }

  private static Path find() throws IOException {
    for (Path place : PLACES) {
      if (Files.isExecutable(place)) {
        return place;
      }
    }
    throw new IOException("No busybox here: install busybox-static, or run ./dev setup");
  }
}
