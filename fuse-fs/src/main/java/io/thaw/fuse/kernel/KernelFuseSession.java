package io.thaw.fuse.kernel;

import io.thaw.fuse.FuseSession;
import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A mount served by {@link Workers}.
public final class KernelFuseSession implements FuseSession {
  private static final Duration LAST_REQUESTS = Duration.ofSeconds(30);

  private final Path mountpoint;
  private final Connection connection;
  private final Workers workers;
  private final long id;
  private final Consumer<KernelFuseSession> onClose;
  private volatile @Nullable String keptName;
  private final AtomicBoolean closed = new AtomicBoolean();

  KernelFuseSession(
      Path mountpoint,
      Connection connection,
      Workers workers,
      long id,
      Consumer<KernelFuseSession> onClose) {
    this.mountpoint = mountpoint;
    this.connection = connection;
    this.workers = workers;
    this.id = id;
    this.onClose = onClose;
  }

  /// The name its descriptor is kept by, or null if it is not.
  @Nullable String keptName() {
    return keptName;
  }

  void keptAs(String name) {
    keptName = name;
  }

  @Override
  public Path mountpoint() {
    return mountpoint;
  }

  @Override
  public boolean isOpen() {
    return !connection.isGone();
  }

  /// Requests of this kind so far.
  public long requestCount(Opcode opcode) {
    return connection.log().count(opcode.code());
  }

  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      unmount();
    } finally {
      workers.remove(id);
      if (!connection.close(LAST_REQUESTS)) {
        connection
            .log()
            .failure(
                "a read is still running "
                    + LAST_REQUESTS.toSeconds()
                    + " s after the unmount of "
                    + mountpoint);
      }
      onClose.accept(this);
    }
  }

  /// Ends serving and leaves the mount to the next process.
  void leave() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    workers.remove(id);
    connection.leave(LAST_REQUESTS);
  }

  private void unmount() throws IOException {
    if (connection.isGone()) {
      return;
    }
    try {
      Mounts.unmount(mountpoint, Mounts.MNT_DETACH);
    } catch (LinuxException e) {
      // EINVAL: somebody else unmounted it.
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }
}
