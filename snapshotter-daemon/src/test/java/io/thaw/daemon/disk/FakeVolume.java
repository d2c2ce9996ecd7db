package io.thaw.daemon.disk;

import io.thaw.fuse.sys.FilesystemSpace;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/// A disk that is as full as a test says.
public final class FakeVolume implements Volume {
  public static final long SIZE = 1L << 30;
  public volatile long freeBytes = SIZE / 2;
  public volatile long freeInodes = 1_000_000;
  public volatile boolean refusesWrites;
  final AtomicInteger writes = new AtomicInteger();

  /// A disk with room.
  public static DiskSpace withRoom() throws IOException {
    return new DiskSpace(new FakeVolume(), "a disk", 1 << 20);
  }

  /// What a write to a full disk fails with.
  public static IOException full() {
    return new IOException("No space left on device");
  }

  @Override
  public FilesystemSpace space() {
    return new FilesystemSpace(SIZE, freeBytes, 2_000_000, freeInodes);
  }

  @Override
  public void tryWrite(long bytes) throws IOException {
    writes.incrementAndGet();
    if (refusesWrites) {
      throw full();
    }
  }
}
