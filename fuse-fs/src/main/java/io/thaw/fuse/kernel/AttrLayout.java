package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.thaw.ztoc.tree.LayerTree;
import java.lang.foreign.MemorySegment;

/// `struct fuse_attr`.
final class AttrLayout {
  static final int BYTES = 88;

  private static final int BLOCK_BYTES = 4096;

  private AttrLayout() {}

  static void write(MemorySegment reply, long at, LayerTree tree, int node) {
    long size = tree.sizeBytes(node);
    long seconds = tree.mtimeSeconds(node);
    int nanos = tree.mtimeNanos(node);
    reply.set(JAVA_LONG, at, NodeIds.of(tree, node));
    reply.set(JAVA_LONG, at + 8, size);
    reply.set(JAVA_LONG, at + 16, (size >>> 9) + ((size & 511) == 0 ? 0 : 1));
    reply.set(JAVA_LONG, at + 24, seconds);
    reply.set(JAVA_LONG, at + 32, seconds);
    reply.set(JAVA_LONG, at + 40, seconds);
    reply.set(JAVA_INT, at + 48, nanos);
    reply.set(JAVA_INT, at + 52, nanos);
    reply.set(JAVA_INT, at + 56, nanos);
    reply.set(JAVA_INT, at + 60, tree.mode(node));
    reply.set(JAVA_INT, at + 64, tree.linkCount(node));
    reply.set(JAVA_INT, at + 68, tree.uid(node));
    reply.set(JAVA_INT, at + 72, tree.gid(node));
    reply.set(JAVA_INT, at + 76, device(tree.deviceMajor(node), tree.deviceMinor(node)));
    reply.set(JAVA_INT, at + 80, BLOCK_BYTES);
    reply.set(JAVA_INT, at + 84, 0);
  }

  /// A device number as the kernel packs it in 32 bits.
  static int device(int major, int minor) {
    return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
  }
}
