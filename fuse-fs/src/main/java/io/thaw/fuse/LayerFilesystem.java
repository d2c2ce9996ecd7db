package io.thaw.fuse;

import io.thaw.ztoc.tree.LayerTree;

/// What one mount serves: a layer's tree and its data.
///
/// @param name how logs and `/proc/mounts` call it, such as the layer's short digest
/// @param tree names and metadata
/// @param content file data
/// @param quickXattrs whether the kernel may be told once and for all that no file has extended
///     attributes. It asks no more then, which is much: overlayfs asks for every file it looks up.
///     But it says "not supported" where a disk says "no such attribute", and what compares trees
///     (containerd's differ, so docker commit, docker build and nerdctl commit) fails on that
public record LayerFilesystem(
    String name, LayerTree tree, LayerContent content, boolean quickXattrs) {

  /// One that answers as a disk does.
  public LayerFilesystem(String name, LayerTree tree, LayerContent content) {
    this(name, tree, content, false);
  }

  public LayerFilesystem withQuickXattrs(boolean quick) {
    return new LayerFilesystem(name, tree, content, quick);
  }
}
