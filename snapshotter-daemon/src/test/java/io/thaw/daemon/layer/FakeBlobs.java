package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.BlobSource;
import io.thaw.registry.Digest;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Serves layers from memory; counts requests, can be down and can flip a byte.
public final class FakeBlobs implements BlobSources {
  private final Map<Digest, byte[]> contents = new ConcurrentHashMap<>();
  final AtomicInteger ranges = new AtomicInteger();
  final AtomicInteger wholes = new AtomicInteger();
  final AtomicLong rangeBytes = new AtomicLong();

  /// Taken by a test to hold requests for ranges up.
  final Semaphore gate = new Semaphore(1_000_000);

  private final CountDownLatch asked = new CountDownLatch(1);
  volatile boolean down;
  volatile long flippedOffset = -1;

  public FakeBlobs(StoredLayer... layers) {
    for (StoredLayer layer : layers) {
      contents.put(layer.blob.digest(), layer.bytes);
    }
  }

  @Override
  public BlobSource open(LayerBlob blob) {
    byte[] content = contents.get(blob.digest());
    return new BlobSource() {
      @Override
      public String name() {
        return blob.repository() + "@" + blob.digest();
      }

      @Override
      public long sizeBytes() {
        return content.length;
      }

      @Override
      public InputStream openRange(long start, long end) throws IOException {
        ranges.incrementAndGet();
        rangeBytes.addAndGet(end - start);
        asked.countDown();
        try {
          gate.acquire();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted");
        }
        return bytes(content, start, end);
      }

      @Override
      public InputStream openWhole() throws IOException {
        wholes.incrementAndGet();
        return bytes(content, 0, content.length);
      }
    };
  }

  /// Waits until somebody has asked for a range.
  void awaitRequest() throws InterruptedException {
    asked.await();
  }

  private InputStream bytes(byte[] content, long start, long end) throws IOException {
    if (down) {
      throw new IOException("connection refused");
    }
    byte[] part = Arrays.copyOfRange(content, (int) start, (int) end);
    if (flippedOffset >= start && flippedOffset < end) {
      part[(int) (flippedOffset - start)] ^= 0x10;
    }
    return new FilterInputStream(new ByteArrayInputStream(part)) {
      private boolean closed;

      @Override
      public int read(byte[] dst, int offset, int length) throws IOException {
        if (closed) {
          throw new IOException("stream is closed");
        }
        return super.read(dst, offset, length);
      }

      @Override
      public void close() {
        closed = true;
      }
    };
  }
}
