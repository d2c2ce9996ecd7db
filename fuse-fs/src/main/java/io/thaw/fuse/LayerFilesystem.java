package io.thaw.fuse;

import io.thaw.ztoc.tree.LayerTree;

/// What one mount serves: a layer's tree and its data.
///
/// @param name how logs and `/proc/mounts` call it, such as the layer's short digest
/// @param tree names and metadata
/// @param content file data
public record LayerFilesystem(String name, LayerTree tree, LayerContent content) {}
