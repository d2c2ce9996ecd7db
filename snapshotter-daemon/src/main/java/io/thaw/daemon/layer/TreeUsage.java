package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Stat;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/// What a tree that fills takes on disk: allocated blocks and inodes, hard links once, as `du`
/// counts them.
///
/// Whoever has written to a file says so, and the difference to what was known is added; so the
/// answer costs nothing, and is right however writes overlap. Safe for use by many threads.
final class TreeUsage {
  private static final int BLOCK_BYTES = 512;
  private static final int ABSENT = -1;

  private final ReentrantLock lock = new ReentrantLock();
  private final int[] blocks;
  private long allBlocks;
  private long inodes;
  private boolean known;

  /// @param tree whose files are counted
  /// @param empty whether nothing is on disk yet; if not, the first question looks
  TreeUsage(LayerTree tree, boolean empty) {
    blocks = new int[tree.nodeLimit()];
    Arrays.fill(blocks, ABSENT);
    known = empty;
  }

  /// The node's file has changed.
  ///
  /// @param fd a descriptor of it
  void changed(int node, int fd) throws LinuxException {
    lock.lock();
    try {
      // Asked under the lock: the last to ask has seen all that was written before.
      count(node, Linux.fstat(fd));
    } finally {
      lock.unlock();
    }
  }

  /// Whether the node is known to be on disk.
  boolean has(int node) {
    lock.lock();
    try {
      return blocks[node] != ABSENT;
    } finally {
      lock.unlock();
    }
  }

  private void count(int node, Stat stat) {
    int now = (int) Math.min(stat.blocks(), Integer.MAX_VALUE);
    if (blocks[node] == ABSENT) {
      inodes++;
      allBlocks += now;
    } else {
      allBlocks += now - blocks[node];
    }
    blocks[node] = now;
  }

  /// Nobody knows any more what is on disk; the next question looks.
  void forget() {
    lock.lock();
    try {
      known = false;
      Arrays.fill(blocks, ABSENT);
      allBlocks = 0;
      inodes = 0;
    } finally {
      lock.unlock();
    }
  }

  /// What it takes now.
  LayerUsage of(TreeFiles files) throws IOException {
    lock.lock();
    try {
      if (!known) {
        look(files);
        known = true;
      }
      return new LayerUsage(allBlocks * BLOCK_BYTES, inodes);
    } finally {
      lock.unlock();
    }
  }

  /// What is known of it without looking.
  LayerUsage known() {
    lock.lock();
    try {
      return new LayerUsage(allBlocks * BLOCK_BYTES, inodes);
    } finally {
      lock.unlock();
    }
  }

  /// Parents come before their children in the order of entries, so what is below an absent
  /// directory is found absent at once.
  private void look(TreeFiles files) throws IOException {
    LayerTree tree = files.tree();
    count(tree.root(), Linux.fstat(files.rootFd()));
    int open = -1;
    int fd = -1;
    try {
      for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
        int parent = tree.direntParent(dirent);
        if (blocks[parent] == ABSENT) {
          continue;
        }
        if (parent != open) {
          int previous = fd;
          open = parent;
          fd = -1;
          close(previous);
          fd = openIfThere(files, parent);
        }
        if (fd >= 0) {
          lookAt(tree.direntNode(dirent), fd, tree.direntName(dirent));
        }
      }
    } finally {
      close(fd);
    }
  }

  private static void close(int fd) throws LinuxException {
    if (fd >= 0) {
      Linux.close(fd);
    }
  }

  private static int openIfThere(TreeFiles files, int directory) throws IOException {
    try {
      return files.openDirectory(directory, false);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return -1;
      }
      throw e;
    }
  }

  private void lookAt(int node, int directory, byte[] name) throws LinuxException {
    try {
      count(node, Linux.stat(directory, name));
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }
}
