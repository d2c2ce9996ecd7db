package io.thaw.fuse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/// Mounts that go from one process to the next while they are in use.
public interface FuseHandover {

  /// What holds mounts while no daemon runs, for the log.
  String kind();

  /// Where mounts are that an earlier process left.
  Set<Path> adoptable();

  /// Goes on serving the mount at `mountpoint`. Requests the earlier process had not answered are
  /// answered now.
  ///
  /// @param filesystem the same as there: its node numbers are
  /// @return nothing if no such mount was left; make a new one then
  /// @throws IOException if it was left but cannot be served; it is given up
  Optional<FuseSession> adopt(LayerFilesystem filesystem, Path mountpoint) throws IOException;

  /// Gives up what nobody adopted; whoever uses it gets errors. What is mounted stays mounted.
  void dropAdoptable() throws IOException;

  /// Ends serving and leaves every mount to the next process. Who waits for an answer goes on
  /// waiting. The backend can then only be closed.
  void leave() throws IOException;
}
