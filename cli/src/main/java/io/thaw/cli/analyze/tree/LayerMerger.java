package io.thaw.cli.analyze.tree;

import io.thaw.ztoc.EntryType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Applies layers, the lowest first, to an [ImageTree], as the OCI image specification
/// (layer.md, "Applying Changesets") says and containerd does it.
///
/// A whiteout or an opaque directory hides what lower layers have, never what its own layer has,
/// whichever comes first in the tar. A directory over a directory keeps what is in it; anything
/// else takes the place of what was there, with all below it.
public final class LayerMerger {
  private static final byte[] WHITEOUT = ".wh.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] META = ".wh..wh.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OPAQUE = ".wh..wh..opq".getBytes(StandardCharsets.US_ASCII);

  private final ImageTree tree;
  private final PathWalk walk;
  private int layer = -1;
  private int unplaceable;
  private int danglingLinks;
  private int[] stack = new int[64];
  private int[] subtree = new int[64];

  public LayerMerger() throws IOException {
    tree = new ImageTree();
    walk = new PathWalk(tree);
  }

  /// What follows belongs to the next layer above.
  public void startLayer() throws IOException {
    if (layer == Short.MAX_VALUE) {
      throw new IOException("The image has more than " + Short.MAX_VALUE + " layers");
    }
    layer++;
  }

  /// Applies an entry.
  ///
  /// @param name the tar's name, not cleaned
  /// @param link target of a symbolic or hard link
  /// @return the new row of the file table, or -1 if the entry made none: a hard link, a directory
  ///     that was there, a whiteout, or a name no kernel would take
  public int add(byte[] name, EntryType type, long mode, byte[] link) throws IOException {
    if (name.length > PathWalk.MAX_PATH_BYTES || link.length > PathWalk.MAX_PATH_BYTES) {
      unplaceable++;
      return -1;
    }
    int end = name.length;
    while (end > 0 && name[end - 1] == '/') {
      end--;
    }
    int start = end;
    while (start > 0 && name[start - 1] != '/') {
      start--;
    }
    if (isDots(name, start, end)) {
      return relisted(walk.findLink(Arrays.copyOf(name, end)), mode);
    }
    int parent = walk.parentOrNew(name, start, this::makeDirectory);
    if (parent < 0) {
      unplaceable++;
      return -1;
    }
    if (startsWith(name, start, end, WHITEOUT)) {
      whiteout(parent, name, start, end);
      return -1;
    }
    return place(tree.childOrNew(parent, name, start, end), type, mode, link);
  }

  /// Gives the row that [#add] returned its content.
  public void content(int row, long sizeBytes, long dataOffset, long hashHigh, long hashLow) {
    tree.files().setContent(row, sizeBytes, dataOffset, hashHigh, hashLow);
  }

  /// Entries so far that no container could have: names too long, or behind a circle of links.
  public int unplaceable() {
    return unplaceable;
  }

  /// Hard links so far to something that is not there.
  public int danglingLinks() {
    return danglingLinks;
  }

  /// The tree of all layers.
  public ImageTree finish() {
    tree.settleNames();
    return tree;
  }

  private int relisted(int node, long mode) {
    if (node >= 0 && tree.isDirectory(node)) {
      tree.files().touch(tree.file(node), layer, mode);
    }
    return -1;
  }

  private void makeDirectory(int node) throws IOException {
    if (tree.isVisible(node)) {
      tree.remove(node, Fate.REPLACED, layer);
    }
    tree.place(node, tree.files().add(layer, EntryType.DIR, 0755, node));
  }

  private int place(int node, EntryType type, long mode, byte[] link) throws IOException {
    if (type == EntryType.HARDLINK) {
      int target = walk.findLink(link);
      if (target < 0 || tree.isDirectory(target)) {
        danglingLinks++;
        return -1;
      }
      int row = tree.file(target);
      if (target != node) {
        clear(node);
        tree.place(node, row);
      }
      return -1;
    }
    if (type == EntryType.DIR && tree.isDirectory(node)) {
      return relisted(node, mode);
    }
    clear(node);
    int row = tree.files().add(layer, type, mode, node);
    if (type == EntryType.SYMLINK) {
      tree.setLink(row, link);
    }
    tree.place(node, row);
    return row;
  }

  private void clear(int node) {
    if (tree.isVisible(node)) {
      removeBelow(node, Fate.REPLACED, true);
      tree.remove(node, Fate.REPLACED, layer);
    }
  }

  private void whiteout(int parent, byte[] name, int start, int end) {
    if (Arrays.equals(name, start, end, OPAQUE, 0, OPAQUE.length)) {
      removeBelow(parent, Fate.COVERED, false);
      return;
    }
    if (startsWith(name, start, end, META) || end - start == WHITEOUT.length) {
      return; // bookkeeping of aufs
    }
    int node = tree.child(parent, name, start + WHITEOUT.length, end);
    if (node >= 0 && tree.isVisible(node)) {
      removeBelow(node, Fate.DELETED, false);
      removeIfLower(node, Fate.DELETED);
    }
  }

  /// Removes what is below a node; without `all` only what lower layers brought.
  private void removeBelow(int top, Fate fate, boolean all) {
    int count = collectBelow(top);
    for (int i = count - 1; i >= 0; i--) { // children before parents
      if (all) {
        tree.remove(subtree[i], fate, layer);
      } else {
        removeIfLower(subtree[i], fate);
      }
    }
  }

  private void removeIfLower(int node, Fate fate) {
    if (tree.files().touchedBy(tree.file(node)) < layer && !tree.hasVisibleChildren(node)) {
      tree.remove(node, fate, layer);
    }
  }

  /// Puts all visible nodes below `top` into `subtree`, parents before children.
  private int collectBelow(int top) {
    int depth = 0;
    int count = 0;
    stack[depth++] = top;
    while (depth > 0) {
      int node = stack[--depth];
      if (node != top) {
        subtree = Columns.fit(subtree, count);
        subtree[count++] = node;
      }
      int before = depth;
      Pushed pushed = new Pushed(before);
      tree.forEachChild(node, pushed::push);
      depth = pushed.depth;
    }
    return count;
  }

  /// Lets a lambda push to the stack.
  private final class Pushed {
    private int depth;

    Pushed(int depth) {
      this.depth = depth;
    }

    void push(int node) {
      stack = Columns.fit(stack, depth);
      stack[depth++] = node;
    }
  }

  private static boolean isDots(byte[] name, int start, int end) {
    return end == start
        || (end - start == 1 && name[start] == '.')
        || (end - start == 2 && name[start] == '.' && name[start + 1] == '.');
  }

  private static boolean startsWith(byte[] name, int start, int end, byte[] prefix) {
    return end - start >= prefix.length
        && Arrays.equals(name, start, start + prefix.length, prefix, 0, prefix.length);
  }
}
