package io.thaw.daemon.main;

import io.thaw.daemon.image.StoredLayers;
import io.thaw.fuse.sys.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

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

  /// Ends what an earlier daemon served below `directory`, the newest first, but not at `spared`.
  /// Other mounts there, such as a disk of its own for the daemon's root, are not ours.
  ///
  /// @return how many there were
  int detachServed(Path directory, Set<Path> spared) throws IOException {
    Path root = directory.toAbsolutePath().normalize();
    List<Path> mounts =
        Mounts.list().stream()
            .filter(entry -> entry.type().equals("fuse") || entry.type().startsWith("fuse."))
            .map(entry -> Path.of(entry.mountpoint()))
            .filter(mountpoint -> mountpoint.startsWith(root) && !mountpoint.equals(root))
            .filter(mountpoint -> !spared.contains(mountpoint))
            .toList();
    for (Path mounted : mounts.reversed()) {
      Mounts.unmount(mounted, Mounts.MNT_DETACH);
    }
    return mounts.size();
  }
}
