package io.thaw.fuse.kernel;

import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.FuseSession;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.MountOptions;
import java.io.IOException;
import java.nio.file.Path;

/// Mounts with mount(2) and serves all mounts from a few threads of its own.
public final class KernelFuseBackend implements FuseBackend {

  private KernelFuseBackend() {}

  /// Starts the serving threads.
  ///
  /// @throws IOException if epoll or `/dev/fuse` is not available
  public static KernelFuseBackend open() throws IOException {
    return new KernelFuseBackend();
  }

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public FuseSession mount(LayerFilesystem filesystem, Path mountpoint, MountOptions options)
      throws IOException {
    throw new IOException("The kernel backend cannot mount " + mountpoint + " yet");
  }

  @Override
  public void close() throws IOException {}
}
