package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.thaw.ztoc.tree.LayerTree;
import java.lang.foreign.MemorySegment;

/// Fills the replies of READDIR and READDIRPLUS: `struct fuse_dirent`, with `fuse_entry_out` before
/// each in the latter.
///
/// The offset of a record is where to go on after it: 1 after ".", 2 after "..", `d + 3` after
/// dirent `d`. It means the same in every life of the daemon.
final class DirectoryReply {
  static final int DIRENT_BYTES = 24;

  private static final int DIRECTORY_TYPE = 4;
  private static final byte[] DOTS = {'.', '.'};

  private final LayerTree tree;
  private final MemorySegment reply;
  private final byte[] name;
  private final boolean plus;
  private final long end;
  private long at = OutHeaderLayout.BYTES;

  private DirectoryReply(LayerTree tree, Exchange exchange, int size, boolean plus) {
    this.tree = tree;
    this.reply = exchange.reply;
    this.name = exchange.name;
    this.plus = plus;
    this.end = OutHeaderLayout.BYTES + (long) size;
  }

  /// Writes records of `directory` from `offset` on, as many whole ones as `size` bytes hold.
  ///
  /// @return the bytes written, or -1 if no record ever had that offset
  static int write(
      LayerTree tree, int directory, long offset, int size, boolean plus, Exchange exchange) {
    long first = tree.firstDirent(directory);
    long next = offset <= 2 ? first : offset - 2;
    if (offset < 0 || next < first || next > tree.endDirent(directory)) {
      return -1;
    }
    DirectoryReply records = new DirectoryReply(tree, exchange, size, plus);
    records.fill(directory, offset, (int) next);
    return (int) (records.at - OutHeaderLayout.BYTES);
  }

  private void fill(int directory, long offset, int next) {
    if (offset < 1 && !addDots(directory, 1)) {
      return;
    }
    if (offset < 2 && !addDots(tree.parent(directory), 2)) {
      return;
    }
    for (int dirent = next; dirent < tree.endDirent(directory); dirent++) {
      if (!addDirent(dirent)) {
        return;
      }
    }
  }

  private boolean addDots(int node, int dots) {
    if (!fits(dots)) {
      return false;
    }
    if (plus) {
      EntryLayout.writeNone(reply, at);
      at += EntryLayout.BYTES;
    }
    addRecord(node, dots, DIRECTORY_TYPE, DOTS, dots);
    return true;
  }

  private boolean addDirent(int dirent) {
    int length = tree.direntNameLength(dirent);
    if (!fits(length)) {
      return false;
    }
    int node = tree.direntNode(dirent);
    if (plus) {
      EntryLayout.write(reply, at, tree, node);
      at += EntryLayout.BYTES;
    }
    tree.copyDirentName(dirent, name, 0);
    addRecord(node, dirent + 3L, tree.kind(node).direntType(), name, length);
    return true;
  }

  private boolean fits(int nameLength) {
    return at + (plus ? EntryLayout.BYTES : 0) + padded(nameLength) <= end;
  }

  private void addRecord(int node, long offset, int type, byte[] bytes, int length) {
    reply.set(JAVA_LONG, at, NodeIds.of(tree, node));
    reply.set(JAVA_LONG, at + 8, offset);
    reply.set(JAVA_INT, at + 16, length);
    reply.set(JAVA_INT, at + 20, type);
    MemorySegment.copy(bytes, 0, reply, JAVA_BYTE, at + DIRENT_BYTES, length);
    long padding = at + DIRENT_BYTES + length;
    at += padded(length);
    while (padding < at) {
      reply.set(JAVA_BYTE, padding++, (byte) 0);
    }
  }

  private static int padded(int nameLength) {
    return (DIRENT_BYTES + nameLength + 7) & ~7;
  }
}
