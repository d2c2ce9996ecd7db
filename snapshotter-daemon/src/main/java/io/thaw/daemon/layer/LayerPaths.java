package io.thaw.daemon.layer;

import java.nio.file.Path;

/// The paths of one layer; the only place that knows them.
///
/// @param directory the layer's directory, named by its number
record LayerPaths(Path directory) {
  static LayerPaths of(Path root, int number) {
    return new LayerPaths(root.resolve(Integer.toString(number)));
  }

  /// The verified zTOC.
  Path ztoc() {
    return directory.resolve("ztoc");
  }

  /// The layer's files.
  Path tree() {
    return directory.resolve("tree");
  }

  /// What becomes the tree of a layer that is being emptied.
  Path emptyTree() {
    return directory.resolve("tree-empty");
  }

  /// Which spans are present.
  Path spans() {
    return directory.resolve("spans");
  }

  /// What is recorded about the layer; a directory without it is a leftover.
  Path record() {
    return directory.resolve("layer.json");
  }

  /// The layer's [io.thaw.daemon.cover.LayerFrame]; absent if it has none.
  Path frame() {
    return directory.resolve("frame");
  }

  /// An empty file whose time is when the layer was used last.
  Path used() {
    return directory.resolve("used");
  }

  /// When the layer was emptied last, and why.
  Path emptied() {
    return directory.resolve("emptied.json");
  }

  /// Data of files whose final names are not known yet, while a layer is unpacked at once.
  Path data() {
    return directory.resolve("data");
  }

  /// The compressed bytes of a span too large for memory.
  Path spool(int span) {
    return directory.resolve("spool-" + span);
  }
}
