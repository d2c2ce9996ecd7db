package io.thaw.cli.analyze;

import io.thaw.cli.analyze.tree.FileTable;
import io.thaw.cli.analyze.tree.ImageTree;
import io.thaw.ztoc.EntryType;
import java.util.Arrays;

/// How much lies at and below each node of a tree. A file with several hard links counts once.
///
/// Immutable; 12 bytes per node.
public final class TreeSizes {
  private final long[] bytes;
  private final int[] files;
  private final int directories;
  private final int links;

  private TreeSizes(long[] bytes, int[] files, int directories, int links) {
    this.bytes = bytes;
    this.files = files;
    this.directories = directories;
    this.links = links;
  }

  /// Adds everything up.
  public static TreeSizes of(ImageTree tree) {
    FileTable table = tree.files();
    long[] bytes = new long[tree.nodeCount()];
    int[] files = new int[tree.nodeCount()];
    int directories = 0;
    int links = 0;
    for (int node = tree.nodeCount() - 1; node > 0; node--) { // children before parents
      if (tree.ownsSize(node)) {
        int row = tree.file(node);
        bytes[node] += table.sizeBytes(row);
        files[node] += table.isRegular(row) ? 1 : 0;
        directories += table.type(row) == EntryType.DIR ? 1 : 0;
        links += table.type(row) == EntryType.SYMLINK ? 1 : 0;
      }
      bytes[tree.parent(node)] += bytes[node];
      files[tree.parent(node)] += files[node];
    }
    return new TreeSizes(bytes, files, directories, links);
  }

  /// Content of the files at and below a node.
  public long bytes(int node) {
    return bytes[node];
  }

  /// Regular files at and below a node.
  public int files(int node) {
    return files[node];
  }

  /// Directories of the whole tree, without the root.
  public int directories() {
    return directories;
  }

  /// Symbolic links of the whole tree.
  public int symbolicLinks() {
    return links;
  }

  /// The `limit` largest nodes, by bytes; with every node all nodes above it are among them. In
  /// the order of their numbers, so parents come before children.
  public int[] largest(ImageTree tree, int limit, boolean directoriesOnly) {
    int[] best = new int[Math.min(limit, bytes.length)];
    int count = 0;
    if (best.length == 0) {
      return best;
    }
    for (int node = 0; node < bytes.length; node++) {
      boolean wanted = tree.isVisible(node) && (!directoriesOnly || tree.isDirectory(node));
      if (wanted && (count < best.length || larger(node, best[0]))) {
        if (count < best.length) {
          best[count++] = node;
          siftUp(best, count - 1);
        } else {
          best[0] = node;
          siftDown(best, count);
        }
      }
    }
    int[] sorted = Arrays.copyOf(best, count);
    Arrays.sort(sorted);
    return sorted;
  }

  /// Of equal size the one made first counts as larger: a parent before its only child.
  private boolean larger(int a, int b) {
    return bytes[a] > bytes[b] || (bytes[a] == bytes[b] && a < b);
  }

  private void siftUp(int[] heap, int start) {
    int at = start;
    while (at > 0 && larger(heap[(at - 1) / 2], heap[at])) {
      swap(heap, at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }

  private void siftDown(int[] heap, int count) {
    int at = 0;
    while (2 * at + 1 < count) {
      int child = 2 * at + 1;
      if (child + 1 < count && larger(heap[child], heap[child + 1])) {
        child++;
      }
      if (!larger(heap[at], heap[child])) {
        return;
      }
      swap(heap, at, child);
      at = child;
    }
  }

  private static void swap(int[] heap, int a, int b) {
    int old = heap[a];
    heap[a] = heap[b];
    heap[b] = old;
  }
}
