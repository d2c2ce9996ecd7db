package io.thaw.daemon.main;

import io.thaw.daemon.image.StoredLayers;
import io.thaw.fuse.sys.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Mounts below the daemon's root, read from `/proc`, so that a mount nobody serves is not touched.
final class ProcMounts implements StoredLayers.StaleMounts {

  /// Mounts at or below `directory`, in the order they were made.
  static List<Path> below(Path directory) throws IOException {
    Path root = directory.toAbsolutePath().normalize();
    return Mounts.list().stream()
        .map(entry -> Path.of(entry.mountpoint()))
        .filter(mountpoint -> mountpoint.startsWith(root))
        .toList();
  }

  @Override
  public void detach(Path mountpoint) throws IOException {
    Path wanted = mountpoint.toAbsolutePath().normalize();
    for (Path mounted : below(wanted).reversed()) {
      Mounts.unmount(mounted, Mounts.MNT_DETACH);
    }
  }

  /// Ends everything below `directory`, the newest first.
  ///
  /// @return how many there were
  int detachAll(Path directory) throws IOException {
    List<Path> mounts = below(directory);
    for (Path mounted : mounts.reversed()) {
      Mounts.unmount(mounted, Mounts.MNT_DETACH);
    }
    return mounts.size();
  }
}
