package io.thaw.bench.fuse;

import io.thaw.fuse.LayerContent;
import io.thaw.fuse.sys.Linux;
import io.thaw.ztoc.tree.LayerTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;

/// A layer all of whose spans are present: its data are the files of a directory.
///
/// Safe for many threads until it is closed. A file stays open after its first read, up to a
/// limit; others are opened for each read.
final class DirectoryContent implements LayerContent, Closeable {
  private static final int MAX_OPEN = 4096;

  private final LayerTree tree;
  private final byte[] prefix;
  private final ConcurrentHashMap<Integer, Integer> descriptors = new ConcurrentHashMap<>();

  DirectoryContent(LayerTree tree, Path directory) {
    this.tree = tree;
    this.prefix = (directory.toAbsolutePath() + "/").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int readIfPresent(int node, long offset, ByteBuffer dst) throws IOException {
    Integer known = descriptors.get(node);
    if (known != null) {
      return Linux.pread(known, dst, offset);
    }
    int descriptor = Linux.openat(Linux.AT_FDCWD, path(node), Linux.O_RDONLY, 0);
    boolean kept =
        descriptors.size() < MAX_OPEN && descriptors.putIfAbsent(node, descriptor) == null;
    try {
      return Linux.pread(descriptor, dst, offset);
    } finally {
      if (!kept) {
        Linux.close(descriptor);
      }
    }
  }

  @Override
  public int read(int node, long offset, ByteBuffer dst) throws IOException {
    return readIfPresent(node, offset, dst);
  }

  private byte[] path(int node) {
    byte[] relative = tree.path(node);
    return ByteBuffer.allocate(prefix.length + relative.length).put(prefix).put(relative).array();
  }

  @Override
  public void close() throws IOException {
    for (int descriptor : descriptors.values()) {
      Linux.close(descriptor);
    }
  }
}
