package io.thaw.fuse;

import io.thaw.ztoc.tree.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// File data from a tar in memory; some of it may be away until it is let in, or broken.
final class MemoryContent implements LayerContent {
  private final byte[] tar;
  private final LayerTree tree;
  final AtomicInteger presentReads = new AtomicInteger();
  final AtomicInteger waitingReads = new AtomicInteger();
  final CountDownLatch somebodyWaits = new CountDownLatch(1);
  final CountDownLatch arrival = new CountDownLatch(1);
  volatile int absentNode = -1;
  volatile int brokenNode = -1;

  MemoryContent(TestLayer layer) {
    this.tar = layer.tar();
    this.tree = layer.tree();
  }

  @Override
  public int readIfPresent(int node, long offset, ByteBuffer dst) throws IOException {
    if (node == absentNode && arrival.getCount() != 0) {
      return ABSENT;
    }
    presentReads.incrementAndGet();
    return copy(node, offset, dst);
  }

  @Override
  public int read(int node, long offset, ByteBuffer dst) throws IOException, InterruptedException {
    waitingReads.incrementAndGet();
    somebodyWaits.countDown();
    arrival.await();
    return copy(node, offset, dst);
  }

  private int copy(int node, long offset, ByteBuffer dst) throws IOException {
    if (node == brokenNode) {
      throw new IOException("span 3 has digest sha256:0, not sha256:1");
    }
    int length = dst.remaining();
    dst.put(tar, Math.toIntExact(tree.dataOffset(node) + offset), length);
    return length;
  }
}
