package io.thaw.index.place;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Parallel;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteProgress.BlobOutcome;
import io.thaw.index.oci.WriteReport;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Brings blobs into a repository, a bounded number at once: those it has are left alone, those
/// the same registry has elsewhere are mounted, the others are sent.
///
/// For one push; safe for many threads.
public final class BlobUploader {
  /// Uploads at once if nobody says otherwise, as with AWS's tools.
  public static final int DEFAULT_PARALLEL = 3;

  /// More uploads at once than this gain nothing; each may need two connections to one host.
  public static final int MAX_PARALLEL = 24;

  private final RegistryClient registry;
  private final Repository repository;
  private final int parallel;
  private final WriteProgress progress;
  private final Map<Digest, Upload> uploads = new LinkedHashMap<>();
  private final AtomicInteger sentBlobs = new AtomicInteger();
  private final AtomicLong sentBytes = new AtomicLong();
  private final AtomicInteger presentBlobs = new AtomicInteger();
  private final AtomicLong presentBytes = new AtomicLong();

  /// @param parallel how many blobs are sent at once; capped at {@link #MAX_PARALLEL}
  public BlobUploader(
      RegistryClient registry, Repository repository, int parallel, WriteProgress progress) {
    if (parallel < 1) {
      throw new IllegalArgumentException("upload count " + parallel + " is not positive");
    }
    this.registry = registry;
    this.repository = repository;
    this.parallel = Math.min(parallel, MAX_PARALLEL);
    this.progress = progress;
  }

  private record Upload(Descriptor blob, BlobContent content, @Nullable Repository mountFrom) {}

  /// Plans a blob that exists nowhere yet.
  public void add(Digest digest, BlobContent content) {
    Descriptor blob = new Descriptor("application/octet-stream", digest, content.sizeBytes());
    uploads.putIfAbsent(digest, new Upload(blob, content, null));
  }

  /// Plans a blob of an image's source.
  public void add(OciDescriptor blob, ImageSource source) throws IOException {
    Repository from =
        source
            .mountableFrom(blob.digest(), repository.host())
            .filter(origin -> !origin.equals(repository))
            .orElse(null);
    uploads.putIfAbsent(
        blob.digest(), new Upload(blob.target(), BlobContent.of(source, blob.target()), from));
  }

  /// Returns when the repository has all that was planned.
  ///
  /// @throws IOException the first failure; uploads under way are abandoned
  public void run() throws IOException {
    progress.blobsPlanned(uploads.values().stream().map(Upload::blob).toList());
    List<Callable<BlobOutcome>> tasks = new ArrayList<>();
    uploads.values().forEach(upload -> tasks.add(() -> uploadOne(upload)));
    Parallel.run(parallel, Thread.ofVirtual().factory(), "uploading to " + repository, tasks);
  }

  /// What was done, as part of writing `image`.
  public WriteReport report(Descriptor image, int manifests) {
    return new WriteReport(
        image, manifests, sentBlobs.get(), sentBytes.get(), presentBlobs.get(), presentBytes.get());
  }

  private BlobOutcome uploadOne(Upload upload) throws IOException {
    Descriptor blob = upload.blob();
    RegistryClient.BlobPush push =
        registry.pushBlob(
            repository,
            blob.digest(),
            blob.sizeBytes(),
            () -> {
              progress.blobStarted(blob);
              return new Counted(upload.content().open(), blob);
            },
            upload.mountFrom());
    BlobOutcome outcome =
        switch (push) {
          case PRESENT -> BlobOutcome.PRESENT;
          case MOUNTED -> BlobOutcome.MOUNTED;
          case UPLOADED -> BlobOutcome.WRITTEN;
        };
    if (outcome == BlobOutcome.WRITTEN) {
      sentBlobs.incrementAndGet();
      sentBytes.addAndGet(blob.sizeBytes());
    } else {
      presentBlobs.incrementAndGet();
      presentBytes.addAndGet(blob.sizeBytes());
    }
    progress.blobFinished(blob, outcome);
    return outcome;
  }

  /// Reports what is sent.
  private final class Counted extends FilterInputStream {
    private final Descriptor blob;

    Counted(InputStream in, Descriptor blob) {
      super(in);
      this.blob = blob;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      if (n > 0) {
        progress.blobAdvanced(blob, n);
      }
      return n;
    }
  }
}
