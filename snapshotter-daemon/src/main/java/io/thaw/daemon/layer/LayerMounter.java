package io.thaw.daemon.layer;

import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.FuseHandover;
import io.thaw.fuse.FuseSession;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.MountOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Mounts lazy layers at directories and remembers the mounts. Safe for use by many threads.
public final class LayerMounter implements AutoCloseable {
  private final FuseBackend backend;
  private final MountOptions options;
  private final Map<Path, FuseSession> sessions = new ConcurrentHashMap<>();

  public LayerMounter(FuseBackend backend, MountOptions options) {
    this.backend = backend;
    this.options = options;
  }

  /// Mounts the layer at an existing directory; it serves when this returns. A layer may be mounted
  /// at many directories.
  ///
  /// @param quickXattrs see [LayerFilesystem]
  /// @throws IOException if it cannot be mounted or the directory is a mountpoint of ours already;
  ///     nothing is left mounted
  public void mount(Layer layer, Path mountpoint, boolean quickXattrs) throws IOException {
    Path at = mountpoint.toAbsolutePath().normalize();
    LayerFilesystem filesystem = layer.filesystem().withQuickXattrs(quickXattrs);
    FuseSession session = backend.mount(filesystem, at, options);
    FuseSession other = sessions.putIfAbsent(at, session);
    if (other != null) {
      session.close();
      throw new IOException(at + " already is a mountpoint of a layer");
    }
  }

  /// Where mounts are that an earlier daemon left and {@link #adopt} goes on with.
  public Set<Path> adoptable() {
    return backend.handover().map(FuseHandover::adoptable).orElse(Set.of());
  }

  /// Goes on serving the mount that an earlier daemon left there.
  ///
  /// @param quickXattrs as it was mounted
  /// @return false if there is none; mount anew then
  public boolean adopt(Layer layer, Path mountpoint, boolean quickXattrs) throws IOException {
    Path at = mountpoint.toAbsolutePath().normalize();
    Optional<FuseHandover> handover = backend.handover();
    if (handover.isEmpty() || !handover.get().adoptable().contains(at)) {
      return false;
    }
    LayerFilesystem filesystem = layer.filesystem().withQuickXattrs(quickXattrs);
    Optional<FuseSession> session = handover.get().adopt(filesystem, at);
    session.ifPresent(adopted -> sessions.put(at, adopted));
    return session.isPresent();
  }

  /// Gives up the mounts that were not adopted: whoever uses one gets errors.
  public void dropAdoptable() throws IOException {
    if (backend.handover().isPresent()) {
      backend.handover().get().dropAdoptable();
    }
  }

  /// Ends serving and leaves all mounts to the next daemon, if the backend can.
  ///
  /// @return false if it cannot: {@link #close} then
  public boolean leave() throws IOException {
    Optional<FuseHandover> handover = backend.handover();
    if (handover.isEmpty()) {
      return false;
    }
    sessions.clear();
    handover.get().leave();
    return true;
  }

  /// Whether a layer is mounted there and serves.
  public boolean isMounted(Path mountpoint) {
    FuseSession session = sessions.get(mountpoint.toAbsolutePath().normalize());
    return session != null && session.isOpen();
  }

  /// Unmounts; does nothing if no layer is mounted there.
  public void unmount(Path mountpoint) throws IOException {
    FuseSession session = sessions.remove(mountpoint.toAbsolutePath().normalize());
    if (session != null) {
      session.close();
    }
  }

  /// Unmounts all; the first failure is thrown after all were tried.
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (Path mountpoint : sessions.keySet()) {
      try {
        unmount(mountpoint);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
