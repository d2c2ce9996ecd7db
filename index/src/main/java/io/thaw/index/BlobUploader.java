package io.thaw.index;

import io.thaw.index.oci.BlobContent;
import io.thaw.registry.Digest;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
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

/// Uploads the blobs a repository lacks, a bounded number at once.
final class BlobUploader {
  private final RegistryClient registry;
  private final int parallel;
  private final AtomicInteger pushedBlobs = new AtomicInteger();
  private final AtomicLong pushedBytes = new AtomicLong();
  private final AtomicInteger presentBlobs = new AtomicInteger();
  private final AtomicLong presentBytes = new AtomicLong();

  BlobUploader(RegistryClient registry, int parallel) {
    this.registry = registry;
    this.parallel = parallel;
  }

  /// Uploads; returns when the repository has all of them.
  ///
  /// @throws IOException the first failure; uploads under way are abandoned
  void upload(Repository repository, Map<Digest, BlobContent> blobs) throws IOException {
    ExecutorService pool = Executors.newFixedThreadPool(parallel, Thread.ofVirtual().factory());
    try {
      List<Future<?>> uploads = new ArrayList<>();
      blobs.forEach(
          (digest, content) ->
              uploads.add(
                  pool.submit(
                      () -> {
                        uploadOne(repository, digest, content);
                        return null;
                      })));
      for (Future<?> upload : uploads) {
        upload.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("uploading a blob failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while uploading to " + repository);
    } finally {
      pool.shutdownNow();
      try {
        pool.awaitTermination(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  PushReport report(io.thaw.registry.Descriptor image, int manifests) {
    return new PushReport(
        image,
        manifests,
        pushedBlobs.get(),
        pushedBytes.get(),
        presentBlobs.get(),
        presentBytes.get());
  }

  private void uploadOne(Repository repository, Digest digest, BlobContent content)
      throws IOException {
    if (registry.blobExists(repository, digest).isPresent()) {
      presentBlobs.incrementAndGet();
      presentBytes.addAndGet(content.sizeBytes());
      return;
    }
    registry.pushBlob(repository, digest, content.sizeBytes(), content::open, null);
    pushedBlobs.incrementAndGet();
    pushedBytes.addAndGet(content.sizeBytes());
  }
}
