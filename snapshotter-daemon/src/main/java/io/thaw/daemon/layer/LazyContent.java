package io.thaw.daemon.layer;

import io.thaw.fuse.LayerContent;
import io.thaw.fuse.sys.Linux;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;

/// File data of a lazy layer: from its tree's files, after their spans are there.
final class LazyContent implements LayerContent {

  /// Whether spans are there, and how to get them.
  interface Spans {
    boolean arePresent(int first, int end);

    /// Waits until they are.
    void await(int first, int end) throws IOException, InterruptedException;
  }

  private final int number;
  private final SpanTable table;
  private final TreeFiles files;
  private final OpenFiles openFiles;
  private final Spans spans;

  LazyContent(int number, SpanTable table, TreeFiles files, OpenFiles openFiles, Spans spans) {
    this.number = number;
    this.table = table;
    this.files = files;
    this.openFiles = openFiles;
    this.spans = spans;
  }

  @Override
  public int readIfPresent(int node, long offset, ByteBuffer dst) throws IOException {
    long start = start(node, offset);
    int first = table.spanOf(start);
    int end = endSpan(first, start + dst.remaining());
    return spans.arePresent(first, end) ? readFile(node, offset, dst) : ABSENT;
  }

  @Override
  public int read(int node, long offset, ByteBuffer dst) throws IOException, InterruptedException {
    long start = start(node, offset);
    int first = table.spanOf(start);
    int end = endSpan(first, start + dst.remaining());
    if (!spans.arePresent(first, end)) {
      spans.await(first, end);
    }
    return readFile(node, offset, dst);
  }

  private long start(int node, long offset) {
    LayerTree tree = files.tree();
    return tree.dataOffset(node) + offset;
  }

  /// The span after the one that holds the byte before `uncompressedEnd`.
  private int endSpan(int first, long uncompressedEnd) {
    int end = first + 1;
    return table.uncompressedEnd(first) >= uncompressedEnd
        ? end
        : table.spanOf(uncompressedEnd - 1) + 1;
  }

  private int readFile(int node, long offset, ByteBuffer dst) throws IOException {
    int wanted = dst.remaining();
    OpenFiles.Handle handle = openFiles.acquire(number, node, () -> files.openForReading(node));
    try {
      int read = Linux.pread(handle.fd, dst, offset);
      if (read != wanted) {
        throw new IOException(
            "node "
                + node
                + " in "
                + files.root()
                + " ends "
                + (wanted - read)
                + " bytes early; somebody changed the tree, remove the image and pull it again");
      }
      return read;
    } finally {
      openFiles.release(handle);
    }
  }
}
