package io.thaw.cli.containerd;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.thaw.index.oci.BlobContent;
import io.thaw.proto.containerd.content.v1.AbortRequest;
import io.thaw.proto.containerd.content.v1.WriteAction;
import io.thaw.proto.containerd.content.v1.WriteContentRequest;
import io.thaw.proto.containerd.content.v1.WriteContentResponse;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Writes blobs into containerd's content store under a lease. Safe for many threads.
///
/// A blob's ingest is named by its digest, so that a second writer of the same blob waits for the
/// first and then finds it there, and so that a write goes on where a killed process left it.
final class BlobWriter {
  private static final int PIECE_BYTES = 1 << 20;
  private static final int MAX_ATTEMPTS = 3;
  private static final long FIRST_WAIT_MILLIS = 20;
  private static final long LONGEST_WAIT_MILLIS = 1000;

  private final ContainerdClient client;
  private final ContentStore store;
  private final Lease lease;
  private final Duration patience;

  /// @param patience how long to wait for somebody else who is writing the same blob
  BlobWriter(ContainerdClient client, Lease lease, Duration patience) {
    this.client = client;
    this.store = new ContentStore(client);
    this.lease = lease;
    this.patience = patience;
  }

  /// Makes sure that the blob is there, with these labels among its labels, as long as the lease
  /// lasts.
  ///
  /// @return whether it had to be written
  /// @throws IOException if the content differs from the digest, or containerd refuses
  boolean put(Digest digest, BlobContent content, Map<String, String> labels) throws IOException {
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      lease.keep(digest); // Before looking, so that it cannot be collected after.
      if (store.find(digest).isPresent()) {
        if (!labels.isEmpty()) {
          store.label(digest, labels);
        }
        return false;
      }
      if (write(digest, content, labels)) {
        return true;
      }
    }
    throw new IOException("Blob " + digest + " comes and goes in " + client + "; try again");
  }

  /// Writes the blob.
  ///
  /// @return false if it turned out to be there, or the ingest was no good and has been dropped
  private boolean write(Digest digest, BlobContent content, Map<String, String> labels)
      throws IOException {
    String doing = "store blob " + digest;
    boolean resumed = false;
    try (Ingest ingest = begin(digest, content.sizeBytes())) {
      resumed = ingest.offset() > 0;
      fill(ingest, content, labels);
      return true;
    } catch (StatusException e) {
      return switch (e.getStatus().getCode()) {
        case ALREADY_EXISTS -> false;
        case FAILED_PRECONDITION -> {
          if (resumed) {
            yield false;
          }
          throw new IOException(
              "Blob " + digest + " is not what its digest says; containerd refuses it", e);
        }
        default -> throw client.failure(doing, e);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.interrupted(doing, e);
    }
  }

  /// Only an ingest that is ours is dropped on failure, never one that somebody else holds.
  private void fill(Ingest ingest, BlobContent content, Map<String, String> labels)
      throws StatusException, InterruptedException, IOException {
    boolean done = false;
    try {
      ingest.send(content);
      ingest.commit(labels);
      done = true;
    } finally {
      if (!done) {
        ingest.close();
        abort(ingest.digest);
      }
    }
  }

  /// Begins or resumes the blob's ingest, when nobody else holds it.
  private Ingest begin(Digest digest, long sizeBytes)
      throws StatusException, InterruptedException, IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    for (long wait = FIRST_WAIT_MILLIS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MILLIS)) {
      Ingest ingest = new Ingest(lease.calls().content().write(), digest, sizeBytes);
      try {
        ingest.begin();
        return ingest;
      } catch (StatusException e) {
        ingest.close();
        if (!isLocked(e.getStatus())) {
          throw e;
        }
        if (System.nanoTime() - deadline > 0) {
          throw new IOException(
              "Somebody else has been writing blob "
                  + digest
                  + " to "
                  + client
                  + " for "
                  + patience.toSeconds()
                  + " s; try again when that is done",
              e);
        }
      }
      Thread.sleep(wait);
    }
  }

  /// containerd answers UNAVAILABLE when an ingest is held, as it does when it is ending itself.
  private static boolean isLocked(Status status) {
    return status.getCode() == Status.Code.UNAVAILABLE
        && Objects.requireNonNullElse(status.getDescription(), "").contains("locked");
  }

  private void abort(Digest digest) {
    try {
      client.calls().content().abort(AbortRequest.newBuilder().setRef(digest.toString()).build());
    } catch (StatusException e) {
      // The lease's end removes it as well, and the failure that led here is the one to report.
    }
  }

  /// One stream of writes. Every request is answered before the next is sent.
  private static final class Ingest implements AutoCloseable {
    private final BlockingClientCall<WriteContentRequest, WriteContentResponse> call;
    private final Digest digest;
    private final long sizeBytes;
    private long offset;

    Ingest(
        BlockingClientCall<WriteContentRequest, WriteContentResponse> call,
        Digest digest,
        long sizeBytes) {
      this.call = call;
      this.digest = digest;
      this.sizeBytes = sizeBytes;
    }

    long offset() {
      return offset;
    }

    void begin() throws StatusException, InterruptedException {
      WriteContentRequest request = request(WriteAction.STAT).setRef(digest.toString()).build();
      long there = exchange(request).getOffset();
      offset = there > sizeBytes ? 0 : there;
    }

    void send(BlobContent content) throws StatusException, InterruptedException, IOException {
      if (offset == sizeBytes) {
        return; // Another namespace has it, or only the commit was missing.
      }
      byte[] buffer = new byte[PIECE_BYTES];
      try (InputStream in = content.open()) {
        in.skipNBytes(offset);
        for (int n = in.readNBytes(buffer, 0, buffer.length);
            n > 0;
            n = in.readNBytes(buffer, 0, buffer.length)) {
          exchange(
              request(WriteAction.WRITE)
                  .setOffset(offset)
                  .setData(UnsafeByteOperations.unsafeWrap(buffer, 0, n))
                  .build());
          offset += n;
        }
      }
      if (offset != sizeBytes) {
        throw new IOException(
            "Blob " + digest + " has " + offset + " bytes instead of " + sizeBytes);
      }
    }

    void commit(Map<String, String> labels) throws StatusException, InterruptedException {
      exchange(request(WriteAction.COMMIT).setOffset(offset).putAllLabels(labels).build());
      call.halfClose();
      while (call.read() != null) {
        // The answer comes twice; the end of the stream says whether all is well.
      }
    }

    private WriteContentRequest.Builder request(WriteAction action) {
      return WriteContentRequest.newBuilder()
          .setAction(action)
          .setTotal(sizeBytes)
          .setExpected(digest.toString());
    }

    private WriteContentResponse exchange(WriteContentRequest request)
        throws StatusException, InterruptedException {
      call.write(request);
      return Optional.ofNullable(call.read())
          .orElseThrow(
              () ->
                  Status.INTERNAL
                      .withDescription("the answer to a write is missing")
                      .asException());
    }

    @Override
    public void close() {
      call.cancel("ended", null);
    }
  }
}
