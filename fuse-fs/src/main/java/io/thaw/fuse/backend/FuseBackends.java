package io.thaw.fuse.backend;

import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.FuseCounters;
import io.thaw.fuse.handover.DescriptorStore;
import io.thaw.fuse.jnr.JnrFuseBackend;
import io.thaw.fuse.kernel.KernelFuseBackend;
import java.io.IOException;
import java.nio.file.Path;

/// Opens backends by their configured name.
public final class FuseBackends {

  private FuseBackends() {}

  /// Opens the backend called `name`: `kernel` or `jnr`.
  ///
  /// @throws IOException if there is no such backend, or this host cannot run it; the message
  ///     says what is missing
  public static FuseBackend open(String name) throws IOException {
    return open(name, DescriptorStore.none(), Path.of("/"), new FuseCounters());
  }

  /// As {@link #open(String)}; mounts outlive this process if the backend can do that.
  ///
  /// @param store holds the descriptors of mounts; the backend's from now on
  /// @param root what mountpoints lie below, by its real path
  /// @param counters hear of what the `kernel` backend answers
  public static FuseBackend open(
      String name, DescriptorStore store, Path root, FuseCounters counters) throws IOException {
    return switch (name) {
      case "kernel" -> KernelFuseBackend.open(store, root, counters);
      case "jnr" -> {
        store.close();
        yield JnrFuseBackend.open();
      }
      default ->
          throw new IOException(
              "fuse.backend is \"" + name + "\"; known are \"kernel\" and \"jnr\"");
    };
  }
}
