package io.thaw.fuzz.targets;

import io.thaw.ztoc.Toc;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.tree.MalformedLayerException;
import io.thaw.ztoc.tree.NodeKind;
import java.util.Arrays;

/// What must hold of every layer tree.
final class Trees {
  private Trees() {}

  /// Builds the tree of `toc` and walks all of it.
  static void check(Toc toc) {
    LayerTree tree;
    try {
      tree = LayerTree.of(toc);
    } catch (MalformedLayerException e) {
      return;
    }
    Oracle.check(tree.isNode(tree.root()), "the root is no node");
    for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
      int node = tree.direntNode(dirent);
      Oracle.check(tree.isNode(node), "dirent " + dirent + " leads to no node");
      byte[] name = tree.direntName(dirent);
      Oracle.check(
          name.length > 0 && name.length <= 255 && !contains(name, '/') && !contains(name, 0),
          "dirent " + dirent + " has no name Linux can hold");
      int parent = tree.direntParent(dirent);
      Oracle.check(
          tree.lookup(parent, name, 0, name.length) == node,
          "dirent " + dirent + " is not found by its name");
      if (tree.kind(node) == NodeKind.SYMLINK) {
        Oracle.check(tree.linkName(node).length > 0, "a link to nothing");
      }
      tree.path(node);
      for (byte[] xattr : tree.xattrNames(node)) {
        Oracle.check(tree.xattr(node, xattr) != null, "a listed attribute has no value");
      }
    }
    long last = -1;
    for (int file = 0; file < tree.fileCount(); file++) {
      int node = tree.file(file);
      Oracle.check(tree.dataOffset(node) > last, "files are not in the order of their data");
      last = tree.dataOffset(node);
    }
  }

  private static boolean contains(byte[] name, int wanted) {
    for (byte b : name) {
      if (b == wanted) {
        return true;
      }
    }
    return false;
  }

  /// Whether two tables say the same of every entry.
  static void checkSame(Toc ours, Toc read) {
    Oracle.check(ours.count() == read.count(), read.count() + " entries of " + ours.count());
    for (int i = 0; i < ours.count(); i++) {
      boolean same =
          ours.type(i) == read.type(i)
              && Arrays.equals(ours.name(i), read.name(i))
              && Arrays.equals(ours.linkName(i), read.linkName(i))
              && ours.dataOffset(i) == read.dataOffset(i)
              && ours.sizeBytes(i) == read.sizeBytes(i)
              && ours.mode(i) == read.mode(i)
              && ours.uid(i) == read.uid(i)
              && ours.gid(i) == read.gid(i)
              && ours.deviceMajor(i) == read.deviceMajor(i)
              && ours.deviceMinor(i) == read.deviceMinor(i)
              && Arrays.equals(ours.userName(i), read.userName(i))
              && Arrays.equals(ours.groupName(i), read.groupName(i));
      Oracle.check(same, "entry " + i + " '" + ours.nameText(i) + "' is read back differently");
    }
  }
}
