package io.thaw.it.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// An image's root filesystem, mounted read-only from a snapshotter's view. Closing it unmounts
/// it and removes the view.
///
/// `ctr images mount` is no help here: that of containerd 1.6 takes overlayfs whatever it is told,
/// and unpacks first.
public final class ImageView implements AutoCloseable {
  private static final Map<String, String> KEPT = Map.of("containerd.io/gc.root", "it");

  private final SnapshotsClient snapshots;
  private final MountedSnapshot mounted;

  private ImageView(SnapshotsClient snapshots, MountedSnapshot mounted) {
    this.snapshots = snapshots;
    this.mounted = mounted;
  }

  /// @param chainId the committed snapshot of the image's topmost layer
  static ImageView mount(
      Path socket, String namespace, String snapshotter, String chainId, Path root)
      throws IOException {
    SnapshotsClient snapshots = new SnapshotsClient(socket, namespace, snapshotter);
    return new ImageView(
        snapshots, MountedSnapshot.at(root, snapshots.view(root.toString(), chainId, KEPT)));
  }

  /// Where it is mounted.
  public Path root() {
    return mounted.root();
  }

  @Override
  public void close() throws IOException {
    mounted.close();
    snapshots.remove(root().toString());
    snapshots.close();
  }
}
