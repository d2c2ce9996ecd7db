package io.thaw.daemon.layer;

import io.thaw.daemon.cover.LayerFrame;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.util.Optional;

/// Keeps what of a layer depends on where it lies in an image: a layer that was unpacked whole has
/// no list of its entries any more.
final class FrameFile {
  private FrameFile() {}

  static void write(LayerPaths paths, LayerTree tree) throws IOException {
    Optional<LayerFrame> frame = LayerFrame.of(tree);
    if (frame.isPresent()) {
      DurableFiles.replace(paths.frame(), frame.get().content());
    }
  }

  static Optional<LayerFrame> read(LayerPaths paths) throws IOException {
    return LayerFrame.read(paths.frame());
  }
}
