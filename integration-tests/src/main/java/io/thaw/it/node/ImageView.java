package io.thaw.it.node;

import io.thaw.proto.containerd.types.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An image's root filesystem, mounted read-only from a snapshotter's view. Closing it unmounts
/// it and removes the view.
///
/// `ctr images mount` is no help here: it unpacks first, for which a lazily pulled image has no
/// blobs.
public final class ImageView implements AutoCloseable {
  private final SnapshotsClient snapshots;
  private final String snapshotter;
  private final Path root;

  private ImageView(SnapshotsClient snapshots, String snapshotter, Path root) {
    this.snapshots = snapshots;
    this.snapshotter = snapshotter;
    this.root = root;
  }

  /// @param chainId the committed snapshot of the image's topmost layer
  static ImageView mount(
      Path socket, String namespace, String snapshotter, String chainId, Path root)
      throws IOException {
    Files.createDirectories(root);
    SnapshotsClient snapshots = new SnapshotsClient(socket, namespace);
    for (Mount mount : snapshots.view(snapshotter, root.toString(), chainId)) {
      List<String> options = new ArrayList<>(mount.getOptionsList());
      boolean bind = options.removeIf(option -> option.endsWith("bind"));
      List<String> command = new ArrayList<>(List.of("mount"));
      command.addAll(bind ? List.of("--bind") : List.of("-t", mount.getType()));
      if (!options.isEmpty()) {
        command.addAll(List.of("-o", String.join(",", options)));
      }
      command.addAll(List.of(mount.getSource(), root.toString()));
      Commands.run(command.toArray(String[]::new));
    }
    return new ImageView(snapshots, snapshotter, root);
  }

  /// Where it is mounted.
  public Path root() {
    return root;
  }

  @Override
  public void close() throws IOException {
    Commands.run("umount", root.toString());
    snapshots.remove(snapshotter, root.toString());
    snapshots.close();
  }
}
