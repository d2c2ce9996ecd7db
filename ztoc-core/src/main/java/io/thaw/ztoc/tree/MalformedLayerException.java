package io.thaw.ztoc.tree;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// A layer's entries cannot become a directory tree: unpacking them would fail, too.
public final class MalformedLayerException extends IOException {

  private static final long serialVersionUID = 1L;

  private final int entry;

  MalformedLayerException(int entry, byte[] name, String reason) {
    super(
        "Cannot make a tree of the layer: entry "
            + entry
            + " '"
            + new String(name, StandardCharsets.UTF_8)
            + "' "
            + reason
            + "; containerd cannot unpack it either, rebuild the image");
    this.entry = entry;
  }

  /// The number of the entry, counted from 0 in tar order.
  public int entry() {
    return entry;
  }
}
