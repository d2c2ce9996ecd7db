package io.thaw.daemon.layer;

import io.thaw.daemon.ahead.LayerAhead;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.fuse.LayerContent;
import io.thaw.fuse.sys.Linux;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;

/// File data of a lazy layer: from its tree's files, after their spans are there, or from memory
/// while the disk is full.
///
/// A read belongs to the life of the layer it began in. If that ended meanwhile, the read has right
/// bytes or fails, and begins again in the next.
final class LazyContent implements LayerContent {
  /// A reader whose spans are taken from memory before it has read them tries so often.
  private static final int ROUNDS = 100;

  /// The layer.
  interface Source {
    /// Its present life.
    ///
    /// @throws IOException if it is closed
    LayerLife life() throws IOException;

    /// Its life after one in which a read has failed: the same, unless that is why it failed.
    ///
    /// @throws IOException if it is closed
    LayerLife lifeAfter(LayerLife failed) throws IOException;

    /// Somebody reads.
    void used();
  }

  private final LayerTree tree;
  private final OpenFiles openFiles;
  private final MemorySpans memory;
  private final Source source;
  private final LayerReads reads;

  LazyContent(
      LayerTree tree, OpenFiles openFiles, MemorySpans memory, Source source, LayerReads reads) {
    this.tree = tree;
    this.openFiles = openFiles;
    this.memory = memory;
    this.source = source;
    this.reads = reads;
  }

  /// The spans that hold `length` bytes at the uncompressed offset `start`.
  private record Wanted(int node, long offset, long start, int first, int end) {}

  private Wanted wanted(SpanTable table, int node, long offset, int length) {
    long start = tree.dataOffset(node) + offset;
    int first = table.spanOf(start);
    int end =
        table.uncompressedEnd(first) >= start + length
            ? first + 1
            : table.spanOf(start + length - 1) + 1;
    return new Wanted(node, offset, start, first, end);
  }

  @Override
  public int readIfPresent(int node, long offset, ByteBuffer dst) throws IOException {
    LayerLife life = source.life();
    Wanted wanted = wanted(life.table(), node, offset, dst.remaining());
    reads.touched(wanted.first, wanted.end);
    if (!life.arePresent(wanted.first, wanted.end)) {
      return ABSENT;
    }
    source.used();
    LayerAhead ahead = life.ahead();
    if (ahead != null) {
      ahead.hit(node);
    }
    int position = dst.position();
    try {
      return readFile(life, node, offset, dst);
    } catch (IOException e) {
      throwUnlessOver(life, e);
      dst.position(position);
      return ABSENT;
    }
  }

  @Override
  public int read(int node, long offset, ByteBuffer dst) throws IOException, InterruptedException {
    source.used();
    int position = dst.position();
    for (int round = 0; round < ROUNDS; round++) {
      LayerLife life = source.life();
      Wanted wanted = wanted(life.table(), node, offset, dst.remaining());
      reads.touched(wanted.first, wanted.end);
      try {
        LayerAhead ahead = life.ahead();
        if (ahead != null) {
          ahead.missed(node, offset);
        }
        await(life, wanted);
        if (life.arePresent(wanted.first, wanted.end)) {
          return readFile(life, node, offset, dst);
        }
        if (assembled(life, wanted, dst)) {
          return dst.position() - position;
        }
      } catch (IOException e) {
        throwUnlessOver(life, e);
      }
      dst.position(position);
    }
    throw new IOException(
        "the disk is full, and too many readers share the memory that stands in for it; free some"
            + " space");
  }

  private void await(LayerLife life, Wanted wanted) throws IOException, InterruptedException {
    if (life.arePresent(wanted.first, wanted.end)) {
      return;
    }
    long since = System.nanoTime();
    boolean served = false;
    reads.waits();
    try {
      life.demand(wanted.first, wanted.end);
      served = true;
    } finally {
      reads.waited(wanted.node, wanted.first, wanted.end, since, served);
    }
  }

  private void throwUnlessOver(LayerLife life, IOException failure) throws IOException {
    if (source.lifeAfter(life) == life) {
      throw failure;
    }
    openFiles.drop(life.owner());
  }

  /// Reads what is partly in memory only.
  ///
  /// @return false if a part is nowhere any more
  private boolean assembled(LayerLife life, Wanted wanted, ByteBuffer dst)
      throws IOException, InterruptedException {
    memory.beginTurn();
    try {
      for (int span = wanted.first; span < wanted.end; span++) {
        if (!append(life, wanted, span, dst)) {
          return false;
        }
      }
      return true;
    } finally {
      memory.endTurn();
    }
  }

  private boolean append(LayerLife life, Wanted wanted, int span, ByteBuffer dst)
      throws IOException, InterruptedException {
    SpanTable table = life.table();
    long at = Math.max(wanted.start, table.uncompressedStart(span));
    long end = Math.min(at + dst.remaining(), table.uncompressedEnd(span));
    int length = Math.toIntExact(end - at);
    if (length <= 0) {
      return true;
    }
    byte[] held = memory.get(life.owner(), span);
    if (held == null && !life.isPresent(span)) {
      // Taken from memory by other spans; alone it comes back.
      life.demand(span, span + 1);
      held = memory.get(life.owner(), span);
    }
    if (held != null) {
      dst.put(held, Math.toIntExact(at - table.uncompressedStart(span)), length);
      return true;
    }
    if (!life.isPresent(span)) {
      return false;
    }
    ByteBuffer part = dst.slice(dst.position(), length);
    readFile(life, wanted.node, wanted.offset + at - wanted.start, part);
    dst.position(dst.position() + length);
    return true;
  }

  private int readFile(LayerLife life, int node, long offset, ByteBuffer dst) throws IOException {
    int wanted = dst.remaining();
    TreeFiles files = life.files();
    OpenFiles.Handle handle =
        openFiles.acquire(life.owner(), node, () -> files.openForReading(node));
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
