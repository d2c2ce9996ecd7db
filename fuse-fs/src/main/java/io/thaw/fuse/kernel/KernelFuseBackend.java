package io.thaw.fuse.kernel;

import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.FuseCounters;
import io.thaw.fuse.FuseHandover;
import io.thaw.fuse.FuseSession;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.MountOptions;
import io.thaw.fuse.handover.DescriptorStore;
import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Mounts with mount(2) and serves all mounts from a few threads of its own. Needs CAP_SYS_ADMIN
/// and `/dev/fuse`.
public final class KernelFuseBackend implements FuseBackend {
  /// The file system type of our mounts in `/proc/mounts`.
  public static final String TYPE = "fuse.thaw";

  private static final Logger LOG = LoggerFactory.getLogger(KernelFuseBackend.class);
  private static final byte[] DEVICE = "/dev/fuse".getBytes(StandardCharsets.US_ASCII);
  private static final Duration INIT_TIMEOUT = Duration.ofSeconds(10);

  private final Workers workers;
  private final FuseCounters counters;
  private final Set<KernelFuseSession> sessions = ConcurrentHashMap.newKeySet();

  private final KernelHandover handover;
  private volatile boolean left;

  private KernelFuseBackend(
      Workers workers, DescriptorStore store, Path root, FuseCounters counters) throws IOException {
    this.workers = workers;
    this.counters = counters;
    this.handover = KernelHandover.open(this, store, root);
  }

  /// Starts the serving threads: one per processor, at least 2 and at most 4.
  ///
  /// @param store holds the descriptors of mounts for the next process; closed with the backend
  /// @param root what mountpoints lie below, by its real path
  /// @param counters hear of every answer
  /// @throws IOException if epoll is not available, or what is left in the store cannot be had
  public static KernelFuseBackend open(DescriptorStore store, Path root, FuseCounters counters)
      throws IOException {
    Workers workers = Workers.start(Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4));
    try {
      return new KernelFuseBackend(workers, store, root, counters);
    } catch (IOException | RuntimeException e) {
      workers.close();
      throw e;
    }
  }

  @Override
  public Optional<FuseHandover> handover() {
    return Optional.<FuseHandover>of(handover).filter(_ -> handover.keeps());
  }

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public FuseSession mount(LayerFilesystem filesystem, Path mountpoint, MountOptions options)
      throws IOException {
    Path target = mountpoint.toRealPath();
    int fd = openDevice();
    Connection connection = new Connection(fd, filesystem, counters);
    try {
      Mounts.mount("thaw:" + filesystem.name(), target, TYPE, Mounts.MS_RDONLY, data(fd, options));
    } catch (LinuxException e) {
      connection.close(Duration.ZERO);
      throw new IOException(
          "Cannot mount layer "
              + filesystem.name()
              + " at "
              + target
              + " ("
              + Errno.name(e.errno())
              + "): "
              + remedy(e.errno()),
          e);
    } catch (RuntimeException e) {
      connection.close(Duration.ZERO);
      throw e;
    }
    return begin(connection, filesystem, target, options);
  }

  private FuseSession begin(
      Connection connection, LayerFilesystem filesystem, Path target, MountOptions options)
      throws IOException {
    KernelFuseSession session = null;
    try {
      session = serve(connection, target, null);
      if (!connection.awaitInitialized(INIT_TIMEOUT)) {
        throw new IOException(
            "The kernel did not accept the mount of layer "
                + filesystem.name()
                + " at "
                + target
                + "; see the log for its version");
      }
      handover.keep(target, connection).ifPresent(session::keptAs);
      setReadAhead(target, options.readAheadKib());
      return session;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      abandon(session, connection, target);
      throw new IOException(
          "Interrupted while mounting layer " + filesystem.name() + " at " + target, e);
    } catch (IOException | RuntimeException e) {
      abandon(session, connection, target);
      throw e;
    }
  }

  /// Serves a connection from now on.
  ///
  /// @param keptName what its descriptor is kept by, or null if it is not yet
  KernelFuseSession serve(Connection connection, Path mountpoint, @Nullable String keptName)
      throws IOException {
    KernelFuseSession session =
        new KernelFuseSession(
            mountpoint, connection, workers, workers.add(connection), this::closed);
    if (keptName != null) {
      session.keptAs(keptName);
    }
    sessions.add(session);
    return session;
  }

  private void closed(KernelFuseSession session) {
    sessions.remove(session);
    String name = session.keptName();
    if (name != null) {
      handover.forget(name);
    }
  }

  FuseCounters counters() {
    return counters;
  }

  /// Ends serving without unmounting anything.
  void leaveSessions() {
    for (KernelFuseSession session : List.copyOf(sessions)) {
      session.leave();
      sessions.remove(session);
    }
    left = true;
  }

  private static void abandon(
      @Nullable KernelFuseSession session, Connection connection, Path target) {
    try {
      if (session != null) {
        session.close();
        return;
      }
      Mounts.unmount(target, Mounts.MNT_DETACH);
    } catch (IOException e) {
      LOG.warn("Cannot take back the mount at {}: {}", target, e.getMessage());
    }
    connection.close(Duration.ZERO);
  }

  @Override
  public void close() throws IOException {
    IOException first = null;
    for (KernelFuseSession session : List.copyOf(sessions)) {
      try {
        session.close();
      } catch (IOException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    workers.close();
    if (!left) {
      handover.end();
    }
    if (first != null) {
      throw first;
    }
  }

  private static int openDevice() throws IOException {
    try {
      return Linux.openat(Linux.AT_FDCWD, DEVICE, Linux.O_RDWR | Linux.O_NONBLOCK, 0);
    } catch (LinuxException e) {
      throw new IOException(
          "Cannot open /dev/fuse ("
              + Errno.name(e.errno())
              + "): load the fuse module, and in a container pass the device",
          e);
    }
  }

  private static String data(int fd, MountOptions options) throws LinuxException {
    int user = Linux.stat(Linux.AT_FDCWD, "/proc/self".getBytes(StandardCharsets.US_ASCII)).uid();
    return "fd="
        + fd
        + ",rootmode=40000,user_id="
        + user
        + ",group_id=0,default_permissions"
        + (options.allowOther() ? ",allow_other" : "");
  }

  private static String remedy(int errno) {
    return switch (errno) {
      case Errno.EPERM -> "mounting needs CAP_SYS_ADMIN; run as root or use fuse.backend = \"jnr\"";
      case Errno.ENODEV -> "the kernel has no FUSE; load the fuse module";
      case Errno.ENOENT, Errno.ENOTDIR -> "the mountpoint must be an existing directory";
      default -> "see mount(2)";
    };
  }

  /// The kernel keeps its read-ahead at 128 KiB whatever INIT says; only sysfs raises it. The
  /// device comes from mountinfo: asking the mount itself would send us a request.
  private static void setReadAhead(Path target, int kib) {
    if (kib == 0) {
      return;
    }
    try {
      String device =
          Mounts.list().stream()
              .filter(
                  mount ->
                      mount.mountpoint().equals(target.toString()) && mount.type().equals(TYPE))
              .reduce((_, last) -> last)
              .orElseThrow(() -> new IOException(target + " is not in /proc/self/mountinfo"))
              .device();
      Files.writeString(Path.of("/sys/class/bdi", device, "read_ahead_kb"), Integer.toString(kib));
    } catch (IOException e) {
      LOG.info("Read-ahead of {} stays as it is: {}", target, e.toString());
    }
  }
}
