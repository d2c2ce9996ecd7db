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

  /// Whether an overlay has the directory below it, or it is mounted elsewhere itself.
  ///
  /// A mount may name it relative to a directory nobody knows: its last two names are enough to
  /// be taken for it, and `/layers/<n>/tree` for the root of a bind mount.
  boolean isNamed(Path directory) throws IOException {
    Path parent = directory.getParent();
    String name = parent == null ? "" : parent.getFileName() + "/" + directory.getFileName();
    for (Mounts.Entry entry : Mounts.list()) {
      if (entry.root().endsWith("/" + name) || isLower(entry, name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLower(Mounts.Entry entry, String name) {
    if (!entry.type().equals("overlay")) {
      return false;
    }
    for (String option : entry.options().split("[,=:]", -1)) {
      if (option.equals(name) || option.endsWith("/" + name)) {
        return true;
      }
    }
    return false;
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
