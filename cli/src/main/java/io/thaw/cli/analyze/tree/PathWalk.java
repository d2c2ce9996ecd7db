package io.thaw.cli.analyze.tree;

import io.thaw.ztoc.EntryType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Walks paths through an [ImageTree] as the kernel would inside a container: symbolic links are
/// followed, at most 40 for one path, and ".." never leaves the root.
public final class PathWalk {
  private static final int MAX_LINKS = 40;

  /// The kernel takes no longer paths.
  static final int MAX_PATH_BYTES = 4096;

  /// Nothing there.
  public static final int NOTHING = -1;

  private final ImageTree tree;

  public PathWalk(ImageTree tree) {
    this.tree = tree;
  }

  /// The node a path leads to, all symbolic links followed, or [#NOTHING].
  public int find(byte[] path) {
    return walk(ImageTree.ROOT, path, true);
  }

  public int find(String path) {
    return find(path.getBytes(StandardCharsets.UTF_8));
  }

  /// As [#find], but a symbolic link at the end is the answer and not followed.
  public int findLink(byte[] path) {
    return walk(ImageTree.ROOT, path, false);
  }

  private int walk(int start, byte[] path, boolean followLast) {
    byte[] rest = path;
    int node = start;
    int from = 0;
    int links = 0;
    if (rest.length > MAX_PATH_BYTES) {
      return NOTHING;
    }
    while (true) {
      from = skipSlashes(rest, from);
      if (from == rest.length) {
        return tree.isVisible(node) ? node : NOTHING;
      }
      int to = componentEnd(rest, from);
      int next = step(node, rest, from, to);
      if (next < 0 || !tree.isVisible(next)) {
        return NOTHING;
      }
      boolean last = skipSlashes(rest, to) == rest.length;
      if (isLink(next) && (!last || followLast)) {
        byte[] target = tree.linkTarget(next);
        if (++links > MAX_LINKS || target.length + rest.length - to > MAX_PATH_BYTES) {
          return NOTHING;
        }
        node = absolute(target) ? ImageTree.ROOT : node;
        rest = join(target, rest, to);
        from = 0;
      } else {
        node = next;
        from = to;
      }
    }
  }

  /// The directory above the last component of a tar entry's name, which is made if it is missing,
  /// as container runtimes do.
  ///
  /// @param maker makes a directory at a node where none is
  /// @return the directory's node, or [#NOTHING] if a circle of links leads nowhere
  int parentOrNew(byte[] path, int end, DirectoryMaker maker) throws IOException {
    byte[] rest = java.util.Arrays.copyOf(path, end);
    int node = ImageTree.ROOT;
    int from = 0;
    int links = 0;
    while (true) {
      from = skipSlashes(rest, from);
      if (from == rest.length) {
        return node;
      }
      int to = componentEnd(rest, from);
      int next = stepOrNew(node, rest, from, to);
      if (tree.isVisible(next) && isLink(next)) {
        byte[] target = tree.linkTarget(next);
        if (++links > MAX_LINKS || target.length + rest.length - to > MAX_PATH_BYTES) {
          return NOTHING;
        }
        node = absolute(target) ? ImageTree.ROOT : node;
        rest = join(target, rest, to);
        from = 0;
        continue;
      }
      if (!tree.isDirectory(next)) {
        maker.make(next);
      }
      node = next;
      from = to;
    }
  }

  /// Makes a directory at a node that names none.
  interface DirectoryMaker {
    void make(int node) throws IOException;
  }

  private boolean isLink(int node) {
    return tree.files().type(tree.file(node)) == EntryType.SYMLINK;
  }

  private int step(int node, byte[] path, int from, int to) {
    if (isDots(path, from, to)) {
      return to - from == 1 ? node : Math.max(ImageTree.ROOT, tree.parent(node));
    }
    return tree.isDirectory(node) ? tree.child(node, path, from, to) : NOTHING;
  }

  private int stepOrNew(int node, byte[] path, int from, int to) throws IOException {
    if (isDots(path, from, to)) {
      return to - from == 1 ? node : Math.max(ImageTree.ROOT, tree.parent(node));
    }
    return tree.childOrNew(node, path, from, to);
  }

  private static boolean isDots(byte[] path, int from, int to) {
    return path[from] == '.' && (to - from == 1 || (to - from == 2 && path[from + 1] == '.'));
  }

  private static boolean absolute(byte[] target) {
    return target.length > 0 && target[0] == '/';
  }

  private static byte[] join(byte[] target, byte[] rest, int from) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream(target.length + rest.length - from);
    joined.writeBytes(target);
    joined.write(rest, from, rest.length - from);
    return joined.toByteArray();
  }

  private static int skipSlashes(byte[] path, int from) {
    int at = from;
    while (at < path.length && path[at] == '/') {
      at++;
    }
    return at;
  }

  private static int componentEnd(byte[] path, int from) {
    int at = from;
    while (at < path.length && path[at] != '/') {
      at++;
    }
    return at;
  }
}
