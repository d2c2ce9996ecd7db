package io.thaw.it.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// An image's root filesystem, mounted read-only from a snapshotter's view. Closing it unmounts
/// it and removes the view.
public final class ImageView implements AutoCloseable {
  private final Containerd containerd;
  private final String namespace;
  private final String snapshotter;
  private final Path root;

  private ImageView(Containerd containerd, String namespace, String snapshotter, Path root) {
    this.containerd = containerd;
    this.namespace = namespace;
    this.snapshotter = snapshotter;
    this.root = root;
  }

  static ImageView mount(
      Containerd containerd, String namespace, String snapshotter, String reference, Path root)
      throws IOException {
    Files.createDirectories(root);
    containerd.ctrIn(
        namespace, "images", "mount", "--snapshotter", snapshotter, reference, root.toString());
    return new ImageView(containerd, namespace, snapshotter, root);
  }

  /// Where it is mounted.
  public Path root() {
    return root;
  }

  @Override
  public void close() throws IOException {
    containerd.ctrIn(
        namespace, "images", "unmount", "--snapshotter", snapshotter, "--rm", root.toString());
  }
}
