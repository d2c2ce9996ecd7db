package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Stat;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.tree.NodeKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a tree of complete files what an ordinary unpack leaves: all that is not file data.
///
/// Missing directories, empty files, links and devices are made; then owners, modes, extended
/// attributes and times are set, those of directories last, because making something in a directory
/// changes its time. May be run again after it failed or the daemon died: it finds its own work
/// done. An extended attribute that the file system cannot hold, or whose value the kernel calls
/// invalid, is left out, because a layer that never settles would be worse. Used by one thread.
final class TreeFinisher {
  private static final Logger LOG = LoggerFactory.getLogger(TreeFinisher.class);
  private static final byte[] SELF = {'.'};

  /// Brings a regular file with data to its name, if it is not there already.
  @FunctionalInterface
  interface Placement {
    void place(int node, int directory, byte[] name) throws IOException;
  }

  private final TreeFiles files;
  private final LayerTree tree;
  private final Placement placement;
  private boolean xattrsRefused;
  private int openDirectory = -1;
  private int directoryFd = -1;

  TreeFinisher(TreeFiles files, Placement placement) {
    this.files = files;
    this.tree = files.tree();
    this.placement = placement;
  }

  /// Completes the tree, which may not have reached the disk when this returns ([TreeFiles#sync]).
  ///
  /// @return its disk usage
  LayerUsage finish() throws IOException {
    try {
      makeNodes();
      makeHardLinks();
      finishDirectories();
      return measure();
    } finally {
      closeDirectory();
    }
  }

  private int directory(int node) throws IOException {
    if (node != openDirectory) {
      closeDirectory();
      directoryFd = files.openDirectory(node, true);
      openDirectory = node;
    }
    return directoryFd;
  }

  private void closeDirectory() throws IOException {
    if (directoryFd >= 0) {
      int closing = directoryFd;
      directoryFd = -1;
      openDirectory = -1;
      Linux.close(closing);
    }
  }

  private void makeNodes() throws IOException {
    for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
      int node = tree.direntNode(dirent);
      if (tree.nameOf(node) != dirent) {
        continue;
      }
      int parent = directory(tree.direntParent(dirent));
      byte[] name = tree.direntName(dirent);
      make(node, parent, name);
      if (tree.kind(node) != NodeKind.DIRECTORY) {
        setAttributes(node, parent, name);
      }
    }
  }

  private void make(int node, int parent, byte[] name) throws IOException {
    switch (tree.kind(node)) {
      case DIRECTORY -> TreeFiles.makeDirectory(parent, name);
      case REGULAR -> {
        if (tree.sizeBytes(node) == 0) {
          Linux.close(TreeFiles.openForWriting(parent, name));
        } else {
          placement.place(node, parent, name);
        }
      }
      case SYMLINK ->
          replacing(parent, name, () -> Linux.symlinkat(tree.linkName(node), parent, name));
      case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO ->
          replacing(
              parent,
              name,
              () ->
                  Linux.mknodat(
                      parent,
                      name,
                      tree.kind(node).typeBits() | 0600,
                      tree.deviceMajor(node),
                      tree.deviceMinor(node)));
    }
  }

  @FunctionalInterface
  private interface Making {
    void make() throws LinuxException;
  }

  private static void replacing(int parent, byte[] name, Making making) throws LinuxException {
    try {
      making.make();
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      Linux.unlinkat(parent, name, 0);
      making.make();
    }
  }

  private void makeHardLinks() throws IOException {
    for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
      int node = tree.direntNode(dirent);
      int first = tree.nameOf(node);
      if (first == dirent) {
        continue;
      }
      int to = directory(tree.direntParent(dirent));
      byte[] name = tree.direntName(dirent);
      int from = files.openDirectory(tree.direntParent(first), false);
      try {
        replacing(to, name, () -> Linux.linkat(from, tree.direntName(first), to, name));
      } finally {
        Linux.close(from);
      }
    }
  }

  private void finishDirectories() throws IOException {
    for (int dirent = tree.direntCount() - 1; dirent >= 0; dirent--) {
      int node = tree.direntNode(dirent);
      if (tree.kind(node) == NodeKind.DIRECTORY) {
        setAttributes(node, directory(tree.direntParent(dirent)), tree.direntName(dirent));
      }
    }
    setAttributes(tree.root(), files.rootFd(), SELF);
  }

  /// Owner before mode and capabilities, because changing it drops them; time last.
  private void setAttributes(int node, int directory, byte[] name) throws IOException {
    Linux.lchownat(directory, name, tree.uid(node), tree.gid(node));
    if (tree.kind(node) != NodeKind.SYMLINK) {
      Linux.chmodat(directory, name, tree.mode(node) & 07777);
    }
    if (tree.hasXattrs()) {
      for (byte[] xattr : tree.xattrNames(node)) {
        byte[] value = tree.xattr(node, xattr);
        if (value != null) {
          setXattr(directory, name, xattr, value);
        }
      }
    }
    Linux.utimensat(directory, name, tree.mtimeSeconds(node), tree.mtimeNanos(node));
  }

  private void setXattr(int directory, byte[] name, byte[] xattr, byte[] value) throws IOException {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    path.writeBytes(("/proc/self/fd/" + directory + "/").getBytes(StandardCharsets.US_ASCII));
    path.writeBytes(name);
    try {
      Linux.lsetxattr(path.toByteArray(), xattr, value);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EINVAL) {
        throw e;
      }
      if (!xattrsRefused) {
        xattrsRefused = true;
        LOG.warn(
            "{}: the host refuses the extended attribute {} of {} ({}); the tree goes without it"
                + " and others like it.",
            files.root(),
            new String(xattr, StandardCharsets.UTF_8),
            new String(name, StandardCharsets.UTF_8),
            Errno.name(e.errno()));
      }
    }
  }

  private LayerUsage measure() throws IOException {
    long blocks = Linux.stat(files.rootFd(), SELF).blocks();
    long inodes = 1;
    BitSet seen = new BitSet();
    for (int dirent = 0; dirent < tree.direntCount(); dirent++) {
      int node = tree.direntNode(dirent);
      if (!seen.get(node)) {
        seen.set(node);
        Stat stat = Linux.stat(directory(tree.direntParent(dirent)), tree.direntName(dirent));
        blocks += stat.blocks();
        inodes++;
      }
    }
    return new LayerUsage(blocks * 512, inodes);
  }
}
