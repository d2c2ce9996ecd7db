package io.thaw.cli.doctor;

import io.thaw.fuse.sys.FilesystemSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The daemon's place on the machine: whether its mounts are seen, and the disk it has.
final class NodeCheck {
  private static final Path SELF = Path.of("/proc/self");
  private static final int FEW_PERCENT = 5;

  /// Where layers are gone after a reboot, or take memory.
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  /// On which overlayfs takes no upper directory.
  private static final Set<String> NO_UPPER =
      Set.of("overlay", "nfs", "nfs4", "cifs", "smb3", "9p", "vfat", "exfat", "ntfs3");

  private final Host host;
  private final Path root;

  /// @param root the daemon's
  NodeCheck(Host host, Path root) {
    this.host = host;
    this.root = root;
  }

  /// Whether what the daemon mounts is seen by containers.
  ///
  /// @param pid the daemon's
  Finding mounts(long pid) throws IOException {
    String check = "mounts.seen";
    Path daemon = Path.of("/proc/" + pid);
    String theirs;
    try {
      theirs = host.link(daemon.resolve("ns/mnt"));
    } catch (IOException e) {
      return Finding.skipped(
          check,
          "the mount namespace of thawd (process %d) cannot be seen; run as root".formatted(pid));
    }
    if (theirs.equals(host.link(SELF.resolve("ns/mnt")))) {
      return Finding.ok(check, "thawd mounts where this shell sees it");
    }
    MountTable table = MountTable.parse(host.text(daemon.resolve("mountinfo")).orElse(""));
    Optional<MountTable.Entry> entry = table.of(root);
    if (entry.isPresent() && entry.get().shared()) {
      return Finding.ok(
          check, "thawd has mounts of its own, and shares those below " + entry.get().mountpoint());
    }
    return Finding.wrong(
        check,
        "thawd has a mount namespace of its own and does not share %s: containers see empty layers"
            .formatted(root),
        "as a service: remove what gives it one (PrivateTmp, PrivateMounts, ProtectSystem, ProtectHome, ReadWritePaths, ...) with systemctl edit thawd, and systemctl restart thawd",
        "in a container: mount %s with mountPropagation: Bidirectional (docker: bind-propagation=rshared)"
            .formatted(root));
  }

  /// The disk below the root.
  List<Finding> disk() throws IOException {
    Path there = root;
    while (host.file(there).isEmpty() && there.getParent() != null) {
      there = there.getParent();
    }
    MountTable table = MountTable.parse(host.text(SELF.resolve("mountinfo")).orElse(""));
    Optional<MountTable.Entry> on = table.of(there);
    return List.of(filesystem(on), space(host.space(there)), inodes(host.space(there)));
  }

  private Finding filesystem(Optional<MountTable.Entry> on) {
    String check = "disk.filesystem";
    if (on.isEmpty()) {
      return Finding.skipped(check, "which file system %s is on cannot be told".formatted(root));
    }
    String type = on.get().type();
    String where = "%s is on %s, mounted at %s".formatted(root, type, on.get().mountpoint());
    if (on.get().readOnly()) {
      return Finding.wrong(
          check,
          where + ", read-only",
          "dmesg | grep -i 'remount\\|error': the kernel makes a disk with errors read-only",
          "mount -o remount,rw " + on.get().mountpoint());
    }
    if (NO_UPPER.contains(type) || type.startsWith("fuse")) {
      return Finding.wrong(
          check,
          where + ", on which overlayfs cannot write",
          "give %s a file system of its own (ext4, xfs, btrfs), or set root in /etc/thaw/config.toml"
              .formatted(root));
    }
    if (IN_MEMORY.contains(type)) {
      return Finding.warning(
          check,
          where + ": layers take memory and are gone after a reboot",
          "set root in /etc/thaw/config.toml to a directory on a disk");
    }
    return Finding.ok(check, where);
  }

  private Finding space(FilesystemSpace space) {
    String said = "%s free of %s".formatted(size(space.freeBytes()), size(space.sizeBytes()));
    return room("disk.space", said, space.freeBytes(), space.sizeBytes());
  }

  private Finding inodes(FilesystemSpace space) {
    if (space.inodes() == 0) {
      return Finding.ok("disk.inodes", "the file system does not count inodes");
    }
    String said =
        String.format(Locale.ROOT, "%,d inodes free of %,d", space.freeInodes(), space.inodes());
    return room("disk.inodes", said, space.freeInodes(), space.inodes());
  }

  private Finding room(String check, String said, long free, long all) {
    String[] remedy = {
      "thaw status shows what layers take; remove images (crictl rmi --prune)",
      "bound it with cache.max_size_bytes in /etc/thaw/config.toml, or enlarge the disk"
    };
    if (free <= 0) {
      return Finding.wrong(check, said + ": layers are served from memory, pulls fail", remedy);
    }
    return free < all / 100 * FEW_PERCENT
        ? Finding.warning(check, said + ": layers are no longer filled when it is full", remedy)
        : Finding.ok(check, said);
  }

  private static String size(long bytes) {
    return bytes < 1L << 30
        ? (bytes >> 20) + " MiB"
        : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
  }
}
