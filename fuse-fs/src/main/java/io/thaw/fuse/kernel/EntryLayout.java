package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.thaw.ztoc.tree.LayerTree;
import java.lang.foreign.MemorySegment;

/// `struct fuse_entry_out` and `fuse_attr_out`: attributes with how long the kernel may keep them.
final class EntryLayout {
  static final int BYTES = 40 + AttrLayout.BYTES;
  static final int ATTR_OUT_BYTES = 16 + AttrLayout.BYTES;

  /// A layer never changes; a day is as good as forever.
  static final long VALID_SECONDS = 86_400;

  private EntryLayout() {}

  static void write(MemorySegment reply, long at, LayerTree tree, int node) {
    reply.set(JAVA_LONG, at, NodeIds.of(tree, node));
    reply.set(JAVA_LONG, at + 8, 0);
    reply.set(JAVA_LONG, at + 16, VALID_SECONDS);
    reply.set(JAVA_LONG, at + 24, VALID_SECONDS);
    reply.set(JAVA_LONG, at + 32, 0);
    AttrLayout.write(reply, at + 40, tree, node);
  }

  /// There is no such name, and there will not be one.
  static void writeNegative(MemorySegment reply, long at) {
    writeNone(reply, at);
    reply.set(JAVA_LONG, at + 16, VALID_SECONDS);
  }

  /// No entry at all, as "." and ".." in a READDIRPLUS have.
  static void writeNone(MemorySegment reply, long at) {
    reply.asSlice(at, BYTES).fill((byte) 0);
  }

  static void writeAttrOut(MemorySegment reply, long at, LayerTree tree, int node) {
    reply.set(JAVA_LONG, at, VALID_SECONDS);
    reply.set(JAVA_INT, at + 8, 0);
    reply.set(JAVA_INT, at + 12, 0);
    AttrLayout.write(reply, at + 16, tree, node);
  }
}
