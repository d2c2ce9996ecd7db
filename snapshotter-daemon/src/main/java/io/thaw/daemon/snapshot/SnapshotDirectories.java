package io.thaw.daemon.snapshot;

import io.thaw.daemon.cover.LayerCover;
import io.thaw.fuse.sys.Trees;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Owns every path below `snapshots/`: `<id>/fs`, `<id>/work` and `<id>/cover`, and names that are
/// on their way in (`new-…`) or out (`rm-…`).
public final class SnapshotDirectories {
  private static final int FILES_MODE = 0755;
  private static final int WORK_MODE = 0711;
  private static final String COVER = "cover";

  private final Path snapshots;

  private SnapshotDirectories(Path snapshots) {
    this.snapshots = snapshots;
  }

  /// Creates `root` and `snapshots/` below it if absent; only the daemon may look into them.
  public static SnapshotDirectories open(Path root) throws IOException {
    Path snapshots = root.toAbsolutePath().normalize().resolve("snapshots");
    Files.createDirectories(snapshots);
    for (Path directory : List.of(root, snapshots)) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
    return new SnapshotDirectories(snapshots);
  }

  /// The directory of a snapshot's own files, or the mountpoint of the layer it shows.
  public Path files(long id) {
    return snapshots.resolve(Long.toString(id)).resolve("fs");
  }

  /// overlayfs' work directory of an active snapshot.
  public Path work(long id) {
    return snapshots.resolve(Long.toString(id)).resolve("work");
  }

  /// What stands above the layer that a snapshot shows, if something does.
  Optional<Path> cover(long id) {
    Path cover = snapshots.resolve(Long.toString(id)).resolve(COVER);
    return Files.exists(cover) ? Optional.of(cover) : Optional.empty();
  }

  /// Makes the directories of a snapshot; they appear at once or not at all.
  ///
  /// The files' root has the mode 0755 whatever its parent's is, as in containerd's overlayfs
  /// snapshotter: an unpacked layer that says otherwise sets it.
  ///
  /// @param owner of the files' root, which the container sees as that of `/`; null for the daemon
  void make(long id, boolean writable, @Nullable Owner owner) throws IOException {
    make(id, writable, owner, Optional.empty());
  }

  /// Makes the directories of a snapshot that shows a layer, likewise.
  void make(long id, Optional<LayerCover> cover) throws IOException {
    make(id, false, null, cover);
  }

  private void make(long id, boolean writable, @Nullable Owner owner, Optional<LayerCover> cover)
      throws IOException {
    Path building = snapshots.resolve("new-" + id + "-" + UUID.randomUUID());
    Path target = snapshots.resolve(Long.toString(id));
    boolean done = false;
    try {
      Files.createDirectory(building);
      Path files = Files.createDirectory(building.resolve("fs"));
      if (owner != null) {
        owner.applyTo(files);
      }
      Files.setAttribute(files, "unix:mode", FILES_MODE);
      if (writable) {
        Path work = Files.createDirectory(building.resolve("work"));
        Files.setAttribute(work, "unix:mode", WORK_MODE);
      }
      if (cover.isPresent()) {
        cover.get().makeAt(building.resolve(COVER));
      }
      // A transaction that was rolled back gives its id to the next one.
      Trees.delete(target);
      Files.move(building, target, StandardCopyOption.ATOMIC_MOVE);
      done = true;
    } finally {
      if (!done) {
        Trees.delete(building);
      }
    }
  }

  /// Takes a snapshot's directories out of sight and deletes them.
  ///
  /// @throws IOException if something could not be deleted; [#leftovers] lists it then
  void discard(long id) throws IOException {
    Path target = snapshots.resolve(Long.toString(id));
    Path leaving = snapshots.resolve("rm-" + id + "-" + UUID.randomUUID());
    try {
      Files.move(target, leaving, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return;
    }
    Trees.delete(leaving);
  }

  /// Everything there is below `snapshots/`.
  List<Path> all() throws IOException {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(snapshots)) {
      entries.forEach(all::add);
    }
    return all;
  }

  /// Those of `candidates` that belong to none of the snapshots.
  static List<Path> leftovers(List<Path> candidates, Set<Long> ids) {
    return candidates.stream().filter(p -> !isNamedAfter(p, ids)).toList();
  }

  private static boolean isNamedAfter(Path directory, Set<Long> ids) {
    String name = String.valueOf(directory.getFileName());
    try {
      return ids.contains(Long.parseLong(name));
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
