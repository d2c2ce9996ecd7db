package io.thaw.it.node;

import io.thaw.proto.containerd.types.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A snapshot's mounts, mounted. Closing it unmounts them.
public final class MountedSnapshot implements AutoCloseable {
  private static final String LOWER = "lowerdir=";

  private final Path root;

  private MountedSnapshot(Path root) {
    this.root = root;
  }

  /// Mounts what a snapshotter answered at `root`, which is made if absent.
  public static MountedSnapshot at(Path root, List<Mount> mounts) throws IOException {
    Files.createDirectories(root);
    for (Mount mount : mounts) {
      mount(mount, root);
    }
    return new MountedSnapshot(root);
  }

  private static void mount(Mount mount, Path root) throws IOException {
    List<String> options = new ArrayList<>(mount.getOptionsList());
    boolean bind = options.removeIf(option -> option.endsWith("bind"));
    Path common = shorten(options);
    List<String> command = new ArrayList<>(List.of("mount"));
    command.addAll(bind ? List.of("--bind") : List.of("-t", mount.getType()));
    if (!options.isEmpty()) {
      command.addAll(List.of("-o", String.join(",", options)));
    }
    command.addAll(List.of(mount.getSource(), root.toString()));
    Commands.run(command, Map.of(), common);
  }

  /// Makes the lower directories relative to their common parent, which is returned: a mount's
  /// options have to fit a page, and containerd does the same.
  private static Path shorten(List<String> options) {
    for (int i = 0; i < options.size(); i++) {
      if (options.get(i).startsWith(LOWER)) {
        List<Path> lower = Mounts.lowerDirs(options.get(i));
        Path common = lower.getFirst().getParent();
        while (common != null && !lower.stream().allMatch(new Below(common))) {
          common = common.getParent();
        }
        Path base = common == null ? Path.of("/") : common;
        options.set(
            i, LOWER + String.join(":", lower.stream().map(d -> base.relativize(d) + "").toList()));
        return base;
      }
    }
    return Path.of("/");
  }

  private record Below(Path parent) implements java.util.function.Predicate<Path> {
    @Override
    public boolean test(Path path) {
      return path.startsWith(parent);
    }
  }

  /// Where it is mounted.
  public Path root() {
    return root;
  }

  @Override
  public void close() throws IOException {
    Commands.run("umount", root.toString());
  }
}
