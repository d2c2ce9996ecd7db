package io.thaw.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;

/// What the file system of a layer needs of file data.
///
/// Both methods read regular file `node` (a node of the layer's {@link
/// io.thaw.ztoc.tree.LayerTree}) from `offset` into `dst`; the caller has already clipped `dst` so
/// that `offset + dst.remaining()` does not pass the end of the file and `dst` is not empty. `dst`
/// is a direct buffer of the caller's; it must not be kept. On success `dst` is full and its
/// position equals its limit. Implementations are safe for many threads.
public interface LayerContent {

  /// What {@link #readIfPresent} returns when a byte of the range is not there yet.
  int ABSENT = -1;

  /// Reads only what is on this host: never waits for the network, a lock held over I/O, or another
  /// read. Called on the few threads that serve every mount.
  ///
  /// @return the number of bytes, or {@link #ABSENT} with `dst`'s position unchanged
  int readIfPresent(int node, long offset, ByteBuffer dst) throws IOException;

  /// Waits until the bytes are there and verified. Called on a virtual thread.
  ///
  /// @return the number of bytes
  /// @throws InterruptedException if the session closes while waiting
  int read(int node, long offset, ByteBuffer dst) throws IOException, InterruptedException;
}
