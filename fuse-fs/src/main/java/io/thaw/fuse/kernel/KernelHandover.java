package io.thaw.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.thaw.fuse.FuseHandover;
import io.thaw.fuse.FuseSession;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.handover.DescriptorStore;
import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.Mounts;
import io.thaw.fuse.sys.RawIo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the descriptor of every mount in a {@link DescriptorStore}, and takes up those of the
/// process before.
final class KernelHandover implements FuseHandover {
  private static final Logger LOG = LoggerFactory.getLogger(KernelHandover.class);

  /// `FUSE_NOTIFY_RESEND` of Linux 6.9: a notification has no request, so its unique is 0.
  private static final int NOTIFY_RESEND = 7;

  private record Adoptable(String name, int fd, long negotiated) {}

  private final KernelFuseBackend backend;
  private final DescriptorStore store;
  private final Path root;
  private final Map<Path, Adoptable> adoptable = new ConcurrentHashMap<>();

  private KernelHandover(KernelFuseBackend backend, DescriptorStore store, Path root) {
    this.backend = backend;
    this.store = store;
    this.root = root;
  }

  /// Takes what the process before left in `store`.
  static KernelHandover open(KernelFuseBackend backend, DescriptorStore store, Path root)
      throws IOException {
    KernelHandover handover = new KernelHandover(backend, store, root);
    for (DescriptorStore.Kept kept : store.take()) {
      handover.sort(kept);
    }
    return handover;
  }

  private void sort(DescriptorStore.Kept kept) throws IOException {
    Optional<MountName> name = MountName.decode(kept.name(), root);
    if (name.isEmpty()) {
      LOG.warn(
          "The mount {} was left by another version that this one cannot go on from; whoever uses"
              + " it gets errors until it is started again.",
          kept.name());
      giveUp(kept.name(), kept.descriptor());
      return;
    }
    long negotiated = name.get().negotiated();
    Adoptable older =
        adoptable.put(
            name.get().mountpoint(), new Adoptable(kept.name(), kept.descriptor(), negotiated));
    if (older != null) {
      giveUp(older.name(), older.fd());
    }
  }

  /// Whether there is a store at all.
  boolean keeps() {
    return store.outlives();
  }

  @Override
  public String kind() {
    return store.kind();
  }

  @Override
  public Set<Path> adoptable() {
    return Set.copyOf(adoptable.keySet());
  }

  @Override
  public Optional<FuseSession> adopt(LayerFilesystem filesystem, Path mountpoint)
      throws IOException {
    Adoptable left = adoptable.remove(mountpoint);
    if (left == null) {
      return Optional.empty();
    }
    if (!isMounted(mountpoint)) {
      giveUp(left.name(), left.fd());
      return Optional.empty();
    }
    Connection connection =
        Connection.adopted(left.fd(), filesystem, backend.counters(), left.negotiated());
    try {
      KernelFuseSession session = backend.serve(connection, mountpoint, left.name());
      resend(left.fd(), mountpoint);
      return Optional.of(session);
    } catch (IOException | RuntimeException e) {
      connection.close(Duration.ZERO);
      store.forget(left.name());
      throw e;
    }
  }

  private static boolean isMounted(Path mountpoint) throws IOException {
    return Mounts.list().stream()
        .anyMatch(
            mount ->
                mount.mountpoint().equals(mountpoint.toString())
                    && mount.type().equals(KernelFuseBackend.TYPE));
  }

  /// Asks for the requests that were read but not answered.
  private static void resend(int fd, Path mountpoint) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(OutHeaderLayout.BYTES, 8);
      message.set(JAVA_INT, 0, OutHeaderLayout.BYTES);
      message.set(JAVA_INT, 4, NOTIFY_RESEND);
      long written = new RawIo(arena).write(fd, message, OutHeaderLayout.BYTES);
      if (written < 0) {
        LOG.warn(
            "{}: the kernel sends nothing again ({}; Linux 6.9 does). Reads that the daemon before"
                + " had begun wait for ever; all others go on.",
            mountpoint,
            Errno.name((int) -written));
      }
    }
  }

  /// Keeps a new mount's descriptor.
  ///
  /// @return the name it is kept by; nothing if it is not, which the log tells
  Optional<String> keep(Path mountpoint, Connection connection) {
    Optional<String> name = new MountName(mountpoint, connection.negotiated()).encode(root);
    if (name.isEmpty()) {
      LOG.warn("{} has too long a name to be handed over; it ends with this process.", mountpoint);
      return name;
    }
    try {
      store.keep(name.get(), connection.fd());
      return name;
    } catch (IOException e) {
      LOG.warn("{} cannot be handed over and ends with this process: {}", mountpoint, e.toString());
      return Optional.empty();
    }
  }

  /// The mount ends; nobody has to go on with it.
  void forget(String name) {
    try {
      store.forget(name);
    } catch (IOException e) {
      LOG.warn("{} stays in the store of descriptors: {}", name, e.toString());
    }
  }

  private void giveUp(String name, int fd) throws IOException {
    store.forget(name);
    Linux.close(fd);
  }

  @Override
  public void dropAdoptable() throws IOException {
    for (Map.Entry<Path, Adoptable> entry : List.copyOf(adoptable.entrySet())) {
      if (adoptable.remove(entry.getKey(), entry.getValue())) {
        giveUp(entry.getValue().name(), entry.getValue().fd());
      }
    }
  }

  @Override
  public void leave() throws IOException {
    backend.leaveSessions();
    store.close();
  }

  /// Every mount is closed already.
  void end() throws IOException {
    store.end();
    store.close();
  }
}
