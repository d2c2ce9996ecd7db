package io.thaw.daemon.snapshot;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Stat;
import io.thaw.fuse.sys.TreeWalk;
import io.thaw.fuse.sys.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// Measures a directory as `du` does: allocated blocks, hard links once.
final class DiskUsage implements TreeWalk.Visitor {
  private static final int BLOCK_BYTES = 512;

  private record Inode(int major, int minor, long number) {}

  private final Set<Inode> linked = new HashSet<>();
  private long blocks;
  private long inodes;

  private DiskUsage() {}

  /// Walks the tree below `directory`; files that vanish meanwhile are not counted.
  static Usage of(Path directory) throws IOException {
    byte[] path = Trees.rawBytes(directory);
    DiskUsage usage = new DiskUsage();
    usage.count(Linux.stat(Linux.AT_FDCWD, path), true);
    TreeWalk.walk(path, usage);
    return new Usage(usage.blocks * BLOCK_BYTES, usage.inodes);
  }

  @Override
  public void entry(int parent, byte[] name, boolean directory) throws IOException {
    try {
      count(Linux.stat(parent, name), directory);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  private void count(Stat stat, boolean directory) {
    Inode inode = new Inode(stat.filesystemMajor(), stat.filesystemMinor(), stat.inode());
    if (directory || stat.linkCount() == 1 || linked.add(inode)) {
      blocks += stat.blocks();
      inodes++;
    }
  }
}
