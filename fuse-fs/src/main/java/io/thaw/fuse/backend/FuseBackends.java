package io.thaw.fuse.backend;

import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.jnr.JnrFuseBackend;
import io.thaw.fuse.kernel.KernelFuseBackend;
import java.io.IOException;

/// Opens backends by their configured name.
public final class FuseBackends {

  private FuseBackends() {}

  /// Opens the backend called `name`: `kernel` or `jnr`.
  ///
  /// @throws IOException if there is no such backend, or this host cannot run it; the message
  ///     says what is missing
  public static FuseBackend open(String name) throws IOException {
    return switch (name) {
      case "kernel" -> KernelFuseBackend.open();
      case "jnr" -> JnrFuseBackend.open();
      default ->
          throw new IOException(
              "fuse.backend is \"" + name + "\"; known are \"kernel\" and \"jnr\"");
    };
  }
}
