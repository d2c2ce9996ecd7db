package io.thaw.daemon.layer;

import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;

/// The files of a tree whose names are known.
record TreeData(TreeFiles files) implements DataWriter.Files {
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
    return files.openForWriting(tree().file(index));
  }

  @Override
  public void close(int index, int fd) throws IOException {
    files.closeWritten(tree().file(index), fd);
  }
}
