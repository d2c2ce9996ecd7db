package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/// The files and directories of a layer's tree on disk, reached by node.
///
/// Every step of a path is opened on its own and never through a symbolic link, so nothing in a
/// layer can lead a write out of its tree. Safe for use by many threads.
final class TreeFiles implements AutoCloseable {
  private static final int DIRECTORY_FLAGS = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_NOFOLLOW;
  private static final byte[] SELF = {'.'};

  private final LayerTree tree;
  private final @Nullable TreeUsage usage;
  private final Path root;
  private final int rootFd;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private TreeFiles(LayerTree tree, Path root, int rootFd, @Nullable TreeUsage usage) {
    this.tree = tree;
    this.usage = usage;
    this.root = root;
    this.rootFd = rootFd;
  }

  /// Opens the tree at `root`, which is created if absent.
  static TreeFiles open(LayerTree tree, Path root) throws IOException {
    return open(tree, root, null);
  }

  /// Opens the tree at `root`, which is created if absent.
  ///
  /// @param usage hears of files that are made or changed
  static TreeFiles open(LayerTree tree, Path root, @Nullable TreeUsage usage) throws IOException {
    Files.createDirectories(root);
    int fd = openRoot(root);
    TreeFiles files = new TreeFiles(tree, root, fd, usage);
    files.changed(tree.root(), fd);
    return files;
  }

  /// A descriptor of a directory, which the caller closes.
  static int openRoot(Path directory) throws IOException {
    byte[] path = directory.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
    return Linux.openat(Linux.AT_FDCWD, path, Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
  }

  Path root() {
    return root;
  }

  LayerTree tree() {
    return tree;
  }

  /// A descriptor of the root directory, open as long as this is.
  int rootFd() {
    return rootFd;
  }

  /// Waits until everything written to the tree is on the disk.
  void sync() throws IOException {
    Linux.syncfs(rootFd);
  }

  /// Opens a directory.
  ///
  /// @param create whether to create it, and its parents, if absent
  /// @return a descriptor for calls that take one, which the caller closes
  int openDirectory(int directory, boolean create) throws IOException {
    int depth = 0;
    for (int at = directory; at != tree.root(); at = tree.parent(at)) {
      depth++;
    }
    int[] steps = new int[depth];
    for (int at = directory; at != tree.root(); at = tree.parent(at)) {
      steps[--depth] = tree.nameOf(at);
    }
    int fd = openRoot();
    for (int dirent : steps) {
      int parent = fd;
      try {
        fd = step(parent, tree.direntName(dirent), create);
        if (create && isNew(tree.direntNode(dirent))) {
          changed(tree.direntNode(dirent), fd);
          changed(tree.direntParent(dirent), parent);
        }
      } finally {
        Linux.close(parent);
      }
    }
    return fd;
  }

  /// A descriptor of its own: the number of a closed one may be another file's by then.
  private int openRoot() throws IOException {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IOException("the tree " + root + " is closed");
      }
      return Linux.openat(rootFd, SELF, DIRECTORY_FLAGS, 0);
    } finally {
      lock.readLock().unlock();
    }
  }

  private static int step(int parent, byte[] name, boolean create) throws LinuxException {
    try {
      return Linux.openat(parent, name, DIRECTORY_FLAGS, 0);
    } catch (LinuxException e) {
      if (!create || e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    makeDirectory(parent, name);
    return Linux.openat(parent, name, DIRECTORY_FLAGS, 0);
  }

  /// Makes a directory unless it is there.
  static void makeDirectory(int parent, byte[] name) throws LinuxException {
    try {
      Linux.mkdirat(parent, name, 0700);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }

  /// Opens a regular file for writing; it is created if absent.
  ///
  /// @param directory a descriptor of the directory it is in, from {@link #openDirectory}
  int openForWriting(int node, int directory) throws IOException {
    int fd = openForWriting(directory, tree.direntName(tree.nameOf(node)));
    if (isNew(node)) {
      changed(tree.parent(node), directory);
    }
    return fd;
  }

  /// Closes what {@link #openForWriting(int, int)} opened.
  void closeWritten(int node, int fd) throws IOException {
    try {
      changed(node, fd);
    } finally {
      Linux.close(fd);
    }
  }

  private boolean isNew(int node) {
    return usage != null && !usage.has(node);
  }

  private void changed(int node, int fd) throws LinuxException {
    if (usage != null) {
      usage.changed(node, fd);
    }
  }

  static int openForWriting(int directory, byte[] name) throws LinuxException {
    return Linux.openat(directory, name, Linux.O_WRONLY | Linux.O_CREAT | Linux.O_NOFOLLOW, 0600);
  }

  /// Opens a regular file for reading.
  int openForReading(int node) throws IOException {
    int directory = openDirectory(tree.parent(node), false);
    try {
      return Linux.openat(
          directory,
          tree.direntName(tree.nameOf(node)),
          Linux.O_RDONLY | Linux.O_NOFOLLOW | Linux.O_NONBLOCK,
          0);
    } finally {
      Linux.close(directory);
    }
  }

  @Override
  public void close() throws IOException {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        Linux.close(rootFd);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
