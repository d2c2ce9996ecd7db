package io.thaw.fuse;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/// A live mount.
public interface FuseSession extends Closeable {

  /// Where it is mounted.
  Path mountpoint();

  /// False once the file system was unmounted, by {@link #close} or by somebody else.
  boolean isOpen();

  /// Unmounts (lazily: open files keep the connection alive in the kernel until they are closed,
  /// but get errors), interrupts waiting reads, and returns when no request of this mount is being
  /// served any more. Closing again does nothing.
  ///
  /// @throws IOException if the mountpoint cannot be unmounted; the session is closed all the
  ///     same
  @Override
  void close() throws IOException;
}
