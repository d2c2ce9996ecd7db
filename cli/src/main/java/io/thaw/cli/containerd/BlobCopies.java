package io.thaw.cli.containerd;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.WriteReport;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Copies an image's blobs into containerd, a few at once, and counts them.
final class BlobCopies {
  private static final int PARALLEL = 4;
  private static final long END_SECONDS = 10;

  private final BlobWriter writer;
  private final AtomicInteger written = new AtomicInteger();
  private final AtomicLong writtenBytes = new AtomicLong();
  private final AtomicInteger present = new AtomicInteger();
  private final AtomicLong presentBytes = new AtomicLong();

  BlobCopies(BlobWriter writer) {
    this.writer = writer;
  }

  /// Returns when containerd has all of them.
  ///
  /// @throws IOException the first failure; copies under way are abandoned
  void copy(Map<Digest, BlobContent> blobs) throws IOException {
    ExecutorService pool = Executors.newFixedThreadPool(PARALLEL, Thread.ofVirtual().factory());
    try {
      List<Future<?>> copies = new ArrayList<>();
      blobs.forEach(
          (digest, content) ->
              copies.add(
                  pool.submit(
                      () -> {
                        copyOne(digest, content);
                        return null;
                      })));
      for (Future<?> copy : copies) {
        copy.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("copying a blob failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while copying blobs");
    } finally {
      pool.shutdownNow();
      awaitEnd(pool);
    }
  }

  WriteReport report(Descriptor image, int manifests) {
    return new WriteReport(
        image, manifests, written.get(), writtenBytes.get(), present.get(), presentBytes.get());
  }

  private void copyOne(Digest digest, BlobContent content) throws IOException {
    if (writer.put(digest, content, Map.of())) {
      written.incrementAndGet();
      writtenBytes.addAndGet(content.sizeBytes());
    } else {
      present.incrementAndGet();
      presentBytes.addAndGet(content.sizeBytes());
    }
  }

  private static void awaitEnd(ExecutorService pool) {
    try {
      pool.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
