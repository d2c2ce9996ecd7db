package io.thaw.fuse.kernel;

import io.thaw.ztoc.tree.LayerTree;

/// Node numbers as the kernel sees them: the root is 1, node `n` is `n + 2`. They depend on the
/// layer alone, so a daemon that takes over a mount finds them unchanged.
final class NodeIds {
  static final long ROOT = 1;

  /// What {@link #node} gives for a number that is no node's.
  static final int NONE = -1;

  private NodeIds() {}

  static long of(LayerTree tree, int node) {
    return node == tree.root() ? ROOT : node + 2L;
  }

  static int node(LayerTree tree, long nodeId) {
    if (nodeId == ROOT) {
      return tree.root();
    }
    long node = nodeId - 2;
    return node >= 0 && node < tree.nodeLimit() && tree.isNode((int) node) ? (int) node : NONE;
  }
}
