package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Linux;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;

/// The files of a tree whose names are known.
///
/// Neighbours in a tar are mostly of one directory, so the last one stays open. Used by one thread.
final class TreeData implements DataWriter.Files, AutoCloseable {
  private final TreeFiles files;
  private int openDirectory = -1;
  private int directoryFd = -1;

  TreeData(TreeFiles files) {
    this.files = files;
  }

  private LayerTree tree() {
    return files.tree();
  }

  @Override
  public int firstAt(long uncompressedOffset) {
    return tree().firstFileAt(uncompressedOffset);
  }

  @Override
  public boolean exists(int index) {
    return index < tree().fileCount();
  }

  @Override
  public long start(int index) {
    return tree().dataOffset(tree().file(index));
  }

  @Override
  public long size(int index) {
    return tree().sizeBytes(tree().file(index));
  }

  @Override
  public int open(int index) throws IOException {
    int node = tree().file(index);
    int parent = tree().parent(node);
    if (parent != openDirectory) {
      close();
      directoryFd = files.openDirectory(parent, true);
      openDirectory = parent;
    }
    return files.openForWriting(node, directoryFd);
  }

  @Override
  public void close(int index, int fd) throws IOException {
    files.closeWritten(tree().file(index), fd);
  }

  @Override
  public void close() throws IOException {
    if (directoryFd >= 0) {
      int closing = directoryFd;
      directoryFd = -1;
      openDirectory = -1;
      Linux.close(closing);
    }
  }
}
