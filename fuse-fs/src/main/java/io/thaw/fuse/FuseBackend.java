package io.thaw.fuse;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A way to mount layer file systems. One per daemon; closing it closes its sessions.
public interface FuseBackend extends Closeable {

  /// The name of the backend in the configuration (`fuse.backend`).
  String name();

  /// Mounts `filesystem` at `mountpoint`, an existing directory; it serves when this returns.
  ///
  /// @throws IOException if it cannot be mounted; nothing is left mounted
  FuseSession mount(LayerFilesystem filesystem, Path mountpoint, MountOptions options)
      throws IOException;

  /// How mounts outlive this process; nothing if they cannot.
  default Optional<FuseHandover> handover() {
    return Optional.empty();
  }

  @Override
  void close() throws IOException;
}
