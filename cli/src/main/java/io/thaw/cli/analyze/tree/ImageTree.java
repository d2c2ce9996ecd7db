package io.thaw.cli.analyze.tree;

import io.thaw.ztoc.EntryType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;

/// The names of an image, present and past, as a tree of nodes; node 0 is the root.
///
/// A node is a path. It names a row of [#files] while a container sees something there, else -1.
/// Flat arrays: 28 bytes per node beside the names. Filled by [LayerMerger]; safe for reading by
/// many threads afterwards.
public final class ImageTree {
  public static final int ROOT = 0;

  /// More paths than this are refused; an image of 20 GB has about a million.
  static final int MAX_NODES = 20_000_000;

  private final NamePool names = new NamePool();
  private final FileTable files = new FileTable();
  private int count;
  private int[] parent = new int[0];
  private int[] name = new int[0];
  private int[] firstChild = new int[0];
  private int[] nextSibling = new int[0];
  private int[] file = new int[0];
  private int[] visibleChildren = new int[0];
  private int[] slots = new int[1 << 12];

  ImageTree() throws IOException {
    addNode(-1, names.intern(new byte[0], 0, 0));
    place(ROOT, files.add(0, EntryType.DIR, 0755, ROOT));
  }

  /// What the layers carry.
  public FileTable files() {
    return files;
  }

  /// The number of nodes; some of them name nothing any more.
  public int nodeCount() {
    return count;
  }

  /// The row of [#files] at this path, or -1.
  public int file(int node) {
    return file[node];
  }

  public boolean isVisible(int node) {
    return file[node] >= 0;
  }

  public boolean isDirectory(int node) {
    return file[node] >= 0 && files.type(file[node]) == EntryType.DIR;
  }

  /// The node above, -1 above the root. A node's number is always larger than its parent's.
  public int parent(int node) {
    return parent[node];
  }

  /// The last component of the path; not necessarily UTF-8.
  public byte[] name(int node) {
    return names.get(name[node]);
  }

  public String nameText(int node) {
    return new String(name(node), StandardCharsets.UTF_8);
  }

  /// Calls `action` with every node below `node` that names something, in no order.
  public void forEachChild(int node, IntConsumer action) {
    for (int child = firstChild[node]; child >= 0; child = nextSibling[child]) {
      if (file[child] >= 0) {
        action.accept(child);
      }
    }
  }

  /// The target of the symbolic link at a node.
  byte[] linkTarget(int node) {
    return names.get(files.linkName(file[node]));
  }

  /// The absolute path.
  public byte[] path(int node) {
    if (node == ROOT) {
      return new byte[] {'/'};
    }
    int length = 0;
    for (int at = node; at != ROOT; at = parent[at]) {
      length += names.length(name[at]) + 1;
    }
    byte[] path = new byte[length];
    int end = length;
    for (int at = node; at != ROOT; at = parent[at]) {
      end = names.copyBefore(name[at], path, end) - 1;
      path[end] = '/';
    }
    return path;
  }

  /// The absolute path for people; bytes that are not UTF-8 are replaced.
  public String pathText(int node) {
    return new String(path(node), StandardCharsets.UTF_8);
  }

  /// Bytewise order of the last components.
  public int compareNames(int a, int b) {
    return names.compare(name[a], name[b]);
  }

  /// Whether a row's size counts at this node: hard links count once, where they were first named.
  public boolean ownsSize(int node) {
    return file[node] >= 0 && files.node(file[node]) == node;
  }

  /// The child of that name, whether it names something or not, or -1.
  int child(int node, byte[] path, int from, int to) {
    int wanted = names.find(path, from, to);
    if (wanted < 0) {
      return -1;
    }
    int mask = slots.length - 1;
    int slot = hash(node, wanted) & mask;
    while (slots[slot] != 0) {
      int candidate = slots[slot] - 1;
      if (parent[candidate] == node && name[candidate] == wanted) {
        return candidate;
      }
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /// As [#child], and makes it if there is none.
  int childOrNew(int node, byte[] path, int from, int to) throws IOException {
    int found = child(node, path, from, to);
    return found >= 0 ? found : addNode(node, names.intern(path, from, to));
  }

  /// Every node ever made directly below `node`.
  void forEachChildEver(int node, IntConsumer action) {
    for (int child = firstChild[node]; child >= 0; child = nextSibling[child]) {
      action.accept(child);
    }
  }

  boolean hasVisibleChildren(int node) {
    return visibleChildren[node] > 0;
  }

  /// Lets a node that names nothing name `row`.
  void place(int node, int row) {
    file[node] = row;
    files.linked(row, node);
    if (node != ROOT) {
      visibleChildren[parent[node]]++;
    }
  }

  /// Takes what a node names away.
  void remove(int node, Fate fate, int byLayer) {
    files.unlinked(file[node], fate, byLayer);
    file[node] = -1;
    visibleChildren[parent[node]]--;
  }

  void setLink(int row, byte[] target) throws IOException {
    files.setLink(row, names.intern(target, 0, target.length));
  }

  /// Gives rows whose first name is gone another one of their names.
  void settleNames() {
    for (int node = 0; node < count; node++) {
      int row = file[node];
      if (row >= 0 && file[files.node(row)] != row) {
        files.setNode(row, node);
      }
    }
  }

  private int addNode(int newParent, int newName) throws IOException {
    if (count == MAX_NODES) {
      throw new IOException("The image has more than " + MAX_NODES + " paths");
    }
    if (count * 2L >= slots.length) {
      rehash();
    }
    int node = count++;
    parent = Columns.fit(parent, node);
    name = Columns.fit(name, node);
    firstChild = Columns.fit(firstChild, node);
    nextSibling = Columns.fit(nextSibling, node);
    file = Columns.fit(file, node);
    visibleChildren = Columns.fit(visibleChildren, node);
    parent[node] = newParent;
    name[node] = newName;
    firstChild[node] = -1;
    file[node] = -1;
    if (newParent >= 0) {
      nextSibling[node] = firstChild[newParent];
      firstChild[newParent] = node;
    } else {
      nextSibling[node] = -1;
    }
    enter(node);
    return node;
  }

  private void enter(int node) {
    int mask = slots.length - 1;
    int slot = hash(parent[node], name[node]) & mask;
    while (slots[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    slots[slot] = node + 1;
  }

  private void rehash() {
    slots = new int[slots.length * 2];
    for (int node = 0; node < count; node++) {
      enter(node);
    }
  }

  private static int hash(int node, int name) {
    int hash = node * 0x9E3779B1 + name * 0x85EBCA6B;
    return (hash ^ (hash >>> 15)) & Integer.MAX_VALUE;
  }
}
