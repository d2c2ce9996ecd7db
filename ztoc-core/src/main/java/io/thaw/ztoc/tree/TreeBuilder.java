package io.thaw.ztoc.tree;

/// Applies entries in tar order, then lays the result out in flat arrays.
final class TreeBuilder {

  private final LayerEntries entries;

  TreeBuilder(LayerEntries entries) {
    this.entries = entries;
  }

  TreeArrays build() throws MalformedLayerException {
    if (entries.count() >= 0) {
      throw new MalformedLayerException(0, new byte[0], "is not yet applied");
    }
    throw new IllegalStateException();
  }
}
