package io.thaw.cli.containerd;

import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.Parallel;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteProgress.BlobOutcome;
import io.thaw.index.oci.WriteReport;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Copies an image's blobs into containerd, a few at once, and counts them.
final class BlobCopies {
  private static final int PARALLEL = 3;

  private final BlobWriter writer;
  private final WriteProgress progress;
  private final AtomicInteger written = new AtomicInteger();
  private final AtomicLong writtenBytes = new AtomicLong();
  private final AtomicInteger present = new AtomicInteger();
  private final AtomicLong presentBytes = new AtomicLong();

  BlobCopies(BlobWriter writer, WriteProgress progress) {
    this.writer = writer;
    this.progress = progress;
  }

  /// Returns when containerd has all of them.
  ///
  /// @throws IOException the first failure; copies under way are abandoned
  void copy(Map<Digest, BlobContent> blobs) throws IOException {
    List<Descriptor> planned = new ArrayList<>();
    List<Callable<BlobOutcome>> tasks = new ArrayList<>();
    blobs.forEach(
        (digest, content) -> {
          Descriptor blob = new Descriptor(SociMediaTypes.ZTOC, digest, content.sizeBytes());
          planned.add(blob);
          tasks.add(() -> copyOne(blob, content));
        });
    progress.blobsPlanned(planned);
    Parallel.run(PARALLEL, Thread.ofVirtual().factory(), "writing to containerd", tasks);
  }

  WriteReport report(Descriptor image, int manifests) {
    return new WriteReport(
        image, manifests, written.get(), writtenBytes.get(), present.get(), presentBytes.get());
  }

  private BlobOutcome copyOne(Descriptor blob, BlobContent content) throws IOException {
    boolean wrote = writer.put(blob.digest(), new Counted(blob, content), Map.of());
    (wrote ? written : present).incrementAndGet();
    (wrote ? writtenBytes : presentBytes).addAndGet(blob.sizeBytes());
    BlobOutcome outcome = wrote ? BlobOutcome.WRITTEN : BlobOutcome.PRESENT;
    progress.blobFinished(blob, outcome);
    return outcome;
  }

  /// Reports what is sent.
  private final class Counted implements BlobContent {
    private final Descriptor blob;
    private final BlobContent content;

    Counted(Descriptor blob, BlobContent content) {
      this.blob = blob;
      this.content = content;
    }

    @Override
    public long sizeBytes() {
      return content.sizeBytes();
    }

    @Override
    public InputStream open() throws IOException {
      progress.blobStarted(blob);
      return new FilterInputStream(content.open()) {
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
      };
    }
  }
}
