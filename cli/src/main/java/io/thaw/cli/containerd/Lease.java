package io.thaw.cli.containerd;

import io.grpc.Status;
import io.grpc.StatusException;
import io.thaw.proto.containerd.leases.v1.AddResourceRequest;
import io.thaw.proto.containerd.leases.v1.CreateRequest;
import io.thaw.proto.containerd.leases.v1.DeleteRequest;
import io.thaw.proto.containerd.leases.v1.Resource;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps content from being collected while it is being written or read.
///
/// It ends when it is closed, also when the process is told to end (Ctrl-C), and if all else fails
/// a day after it began. Closed without [#publish], it lets containerd collect at once what only it
/// kept. Safe for many threads.
final class Lease implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Lease.class);
  private static final Duration LIFETIME = Duration.ofHours(24);
  private static final Duration END_LIMIT = Duration.ofSeconds(10);

  private final ContainerdClient client;
  private final String id;
  private final Thread hook;

  /// Held while the lease ends, and while something is published, so that one never happens within
  /// the other.
  private final ReentrantLock ending = new ReentrantLock();

  private boolean ended;
  private boolean nothingToCollect;

  private Lease(ContainerdClient client, String id) {
    this.client = client;
    this.id = id;
    this.hook = new Thread(this::end, "containerd-lease-end");
  }

  /// A lease for writing.
  static Lease create(ContainerdClient client) throws IOException {
    String id = "thaw-" + UUID.randomUUID().toString().replace("-", "");
    Instant expiry = Instant.now().plus(LIFETIME).truncatedTo(ChronoUnit.SECONDS);
    CreateRequest request =
        CreateRequest.newBuilder().setId(id).putLabels(GcLabels.EXPIRE, expiry.toString()).build();
    try {
      client.calls().leases().create(request);
    } catch (StatusException e) {
      throw client.failure("begin a lease", e);
    }
    Lease lease = new Lease(client, id);
    try {
      Runtime.getRuntime().addShutdownHook(lease.hook);
    } catch (IllegalStateException e) {
      lease.end();
      throw Failure.interrupted("begin a lease", e);
    }
    return lease;
  }

  /// A lease that keeps an image while it is read.
  static Lease on(ContainerdClient client, Digest root) throws IOException {
    Lease lease = create(client);
    try {
      lease.publish(() -> lease.keep(root));
      return lease;
    } catch (IOException | RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  /// Makes containerd collect what nothing keeps, and returns when it has: besides the removal of
  /// an image, only the end of a lease can do so.
  static void collectGarbage(ContainerdClient client) throws IOException {
    create(client).close();
  }

  /// Calls whose new content the lease keeps.
  Calls calls() {
    return client.calls().leased(id);
  }

  /// Keeps a blob and everything its labels name, from now on. It need not be there.
  void keep(Digest digest) throws IOException {
    AddResourceRequest request =
        AddResourceRequest.newBuilder()
            .setId(id)
            .setResource(Resource.newBuilder().setId(digest.toString()).setType("content"))
            .build();
    try {
      client.calls().leases().addResource(request);
    } catch (StatusException e) {
      throw client.failure("keep blob " + digest, e);
    }
  }

  /// Something that makes what the lease has kept reachable without it.
  interface Publication {
    void run() throws IOException;
  }

  /// Publishes, unless the lease has ended and the content may be gone.
  void publish(Publication publication) throws IOException {
    ending.lock();
    try {
      if (ended) {
        throw new InterruptedIOException("ended before all was in place");
      }
      publication.run();
      nothingToCollect = true;
    } finally {
      ending.unlock();
    }
  }

  @Override
  public void close() {
    end(); // Waits for the hook if it is at work, so that nobody closes the client under it.
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("the process is ending", e);
    }
  }

  private void end() {
    ending.lock();
    try {
      if (!ended) {
        ended = true;
        delete(!nothingToCollect);
      }
    } finally {
      ending.unlock();
    }
  }

  private void delete(boolean collect) {
    DeleteRequest request = DeleteRequest.newBuilder().setId(id).setSync(collect).build();
    try {
      client.calls().within(END_LIMIT).leases().delete(request);
    } catch (StatusException e) {
      Status.Code code = e.getStatus().getCode();
      boolean slow = collect && code == Status.Code.DEADLINE_EXCEEDED; // ended, still collecting
      if (!slow && code != Status.Code.NOT_FOUND) {
        log.warn("containerd still has lease {}, for a day at most: {}", id, e.getStatus());
      }
    }
  }
}
