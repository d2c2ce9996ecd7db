package io.thaw.daemon.snapshot;

import io.thaw.fuse.sys.Trees;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Owns every path below `snapshots/`: `<id>/fs` and `<id>/work`, and names that are on their way
/// in (`new-…`) or out (`rm-…`).
public final class SnapshotDirectories {
  private static final int DEFAULT_MODE = 0755;
  private static final int WORK_MODE = 0711;
  private static final int PERMISSION_BITS = 07777;

  private final Path snapshots;

  private SnapshotDirectories(Path snapshots) {
    this.snapshots = snapshots;
  }

  /// Owner and permissions of a directory.
  record Look(int mode, int uid, int gid) {
    static Look of(Path directory) throws IOException {
      Map<String, Object> attributes =
          Files.readAttributes(directory, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
      return new Look(
          number(attributes, "mode") & PERMISSION_BITS,
          number(attributes, "uid"),
          number(attributes, "gid"));
    }

    private static int number(Map<String, Object> attributes, String name) {
      return attributes.get(name) instanceof Integer n ? n : 0;
    }
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

  /// Makes the directories of a snapshot; they appear at once or not at all.
  ///
  /// @param look owner and permissions of the files' root; the container's `/` gets them
  void make(long id, boolean writable, @Nullable Look look) throws IOException {
    Path building = snapshots.resolve("new-" + id + "-" + UUID.randomUUID());
    Path target = snapshots.resolve(Long.toString(id));
    boolean done = false;
    try {
      Files.createDirectory(building);
      Path files = Files.createDirectory(building.resolve("fs"));
      Files.setAttribute(files, "unix:mode", look == null ? DEFAULT_MODE : look.mode());
      if (look != null) {
        Files.setAttribute(files, "unix:uid", look.uid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(files, "unix:gid", look.gid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(files, "unix:mode", look.mode());
      }
      if (writable) {
        Path work = Files.createDirectory(building.resolve("work"));
        Files.setAttribute(work, "unix:mode", WORK_MODE);
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
