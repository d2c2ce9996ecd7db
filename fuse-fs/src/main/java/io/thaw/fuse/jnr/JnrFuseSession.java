package io.thaw.fuse.jnr;

import io.thaw.fuse.FuseSession;
import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A mount served by libfuse.
final class JnrFuseSession implements FuseSession {
  private static final Logger LOG = LoggerFactory.getLogger(JnrFuseSession.class);
  private static final Duration LAST_READS = Duration.ofSeconds(30);

  private final Path mountpoint;
  private final JnrFilesystem filesystem;
  private final Consumer<JnrFuseSession> onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  JnrFuseSession(Path mountpoint, JnrFilesystem filesystem, Consumer<JnrFuseSession> onClose) {
    this.mountpoint = mountpoint;
    this.filesystem = filesystem;
    this.onClose = onClose;
  }

  @Override
  public Path mountpoint() {
    return mountpoint;
  }

  @Override
  public boolean isOpen() {
    return !closed.get() && !filesystem.isDestroyed();
  }

  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      Mounts.unmount(mountpoint, Mounts.MNT_DETACH);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.ENOENT) {
        throw e;
      }
    } finally {
      endReads();
      onClose.accept(this);
    }
  }

  private void endReads() {
    try {
      if (!filesystem.endReads(LAST_READS)) {
        LOG.warn(
            "A read is still running {} s after the unmount of {}",
            LAST_READS.toSeconds(),
            mountpoint);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
