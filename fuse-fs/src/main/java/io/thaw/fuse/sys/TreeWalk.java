package io.thaw.fuse.sys;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Walks a directory tree by names and descriptors, so that neither the length of a path nor the
/// number of descriptors bounds its depth: one directory is open at a time.
///
/// Symbolic links are not followed and mounts are not entered. Entries that vanish meanwhile are
/// passed over. A directory that is moved while the walk is in it ends the walk with an error.
public final class TreeWalk {
  private static final int FLAGS = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW;
  private static final byte[] SELF = {'.'};
  private static final byte[] PARENT = {'.', '.'};
  private static final int TYPE_MASK = 0170000;
  private static final int TYPE_DIRECTORY = 0040000;

  /// Sees every entry once, the root not.
  public interface Visitor {

    /// An entry; if it is a directory, before what is in it.
    ///
    /// @param parent descriptor of the directory it is in
    void entry(int parent, byte[] name, boolean directory) throws IOException;

    /// All below the directory has been seen.
    default void left(int parent, byte[] name) throws IOException {}
  }

  /// A directory on the way to where the walk is.
  private static final class Level {
    final byte[] name;
    final Stat self;
    final Deque<byte[]> directories;

    Level(byte[] name, Stat self, Deque<byte[]> directories) {
      this.name = name;
      this.self = self;
      this.directories = directories;
    }

    boolean is(Stat other) {
      return self.inode() == other.inode() && onSameFilesystem(other);
    }

    boolean onSameFilesystem(Stat other) {
      return self.filesystemMajor() == other.filesystemMajor()
          && self.filesystemMinor() == other.filesystemMinor();
    }
  }

  private final Visitor visitor;
  private final Deque<Level> levels = new ArrayDeque<>();
  private int fd;

  private TreeWalk(int fd, Visitor visitor) {
    this.fd = fd;
    this.visitor = visitor;
  }

  /// Walks all below the directory.
  ///
  /// @param path of a directory; must not be a symbolic link
  public static void walk(byte[] path, Visitor visitor) throws IOException {
    TreeWalk walk = new TreeWalk(Linux.openat(Linux.AT_FDCWD, path, FLAGS, 0), visitor);
    try {
      walk.enter(SELF, Linux.stat(walk.fd, SELF));
      walk.run();
    } finally {
      Linux.close(walk.fd);
    }
  }

  private void run() throws IOException {
    while (true) {
      Level level = levels.getFirst();
      byte[] next = level.directories.pollFirst();
      if (next != null) {
        descend(level, next);
      } else if (levels.size() == 1) {
        return;
      } else {
        levels.removeFirst();
        ascend();
        visitor.left(fd, level.name);
      }
    }
  }

  private void enter(byte[] name, Stat self) throws IOException {
    Deque<byte[]> directories = new ArrayDeque<>();
    for (var batch = Linux.getdents(fd); !batch.isEmpty(); batch = Linux.getdents(fd)) {
      visit(batch, directories);
    }
    levels.addFirst(new Level(name, self, directories));
  }

  private void visit(List<DirectoryEntry> batch, Deque<byte[]> directories) throws IOException {
    for (DirectoryEntry entry : batch) {
      Boolean directory = isDirectory(entry);
      if (directory != null) {
        visitor.entry(fd, entry.name(), directory);
        if (directory) {
          directories.add(entry.name());
        }
      }
    }
  }

  private @Nullable Boolean isDirectory(DirectoryEntry entry) throws LinuxException {
    if (entry.type() != DirectoryEntry.UNKNOWN) {
      return entry.type() == DirectoryEntry.DIRECTORY;
    }
    try {
      return (Linux.stat(fd, entry.name()).mode() & TYPE_MASK) == TYPE_DIRECTORY;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  private void descend(Level level, byte[] name) throws IOException {
    int child;
    try {
      child = Linux.openat(fd, name, FLAGS, 0);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return;
      }
      throw e;
    }
    Stat self = Linux.stat(child, SELF);
    if (!level.onSameFilesystem(self)) {
      Linux.close(child);
      throw new IOException(
          "the directory '"
              + NativeCall.text(name)
              + "' is a mountpoint; what is mounted there is left alone, unmount it first");
    }
    replace(child);
    enter(name, self);
  }

  private void ascend() throws IOException {
    replace(Linux.openat(fd, PARENT, FLAGS, 0));
    if (!levels.getFirst().is(Linux.stat(fd, SELF))) {
      throw new IOException("a directory was moved while the tree it was in was walked");
    }
  }

  private void replace(int next) throws LinuxException {
    int previous = fd;
    fd = next;
    Linux.close(previous);
  }
}
