package io.thaw.daemon.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The mounts containerd's overlayfs snapshotter would answer for the same directories.
///
/// @param extraOptions appended to every overlay mount
public record OverlayMounts(List<String> extraOptions) {
  private static final Path INDEX_PARAMETER = Path.of("/sys/module/overlay/parameters/index");
  private static final Path UID_MAP = Path.of("/proc/self/uid_map");

  public OverlayMounts {
    extraOptions = List.copyOf(extraOptions);
  }

  /// What this host's kernel needs: `index=off` where it knows the option, since lower directories
  /// are shared by many mounts, and `userxattr` in a user namespace.
  public static OverlayMounts detect() {
    List<String> options = new ArrayList<>();
    if (inUserNamespace()) {
      options.add("userxattr");
    }
    if (Files.exists(INDEX_PARAMETER)) {
      options.add("index=off");
    }
    return new OverlayMounts(options);
  }

  private static boolean inUserNamespace() {
    try {
      String[] first = Files.readString(UID_MAP).strip().split("\\s+", -1);
      return first.length != 3 || !first[2].equals("4294967295");
    } catch (IOException e) {
      return false;
    }
  }

  /// The mounts of a view or an active snapshot.
  ///
  /// @param upper directory of the snapshot's own files
  /// @param work overlayfs' work directory
  /// @param lower directories of the ancestors, parent first
  List<Mount> of(Kind kind, Path upper, Path work, List<Path> lower) {
    boolean active = kind == Kind.ACTIVE;
    if (lower.isEmpty()) {
      return List.of(bind(upper, active ? "rw" : "ro"));
    }
    if (!active && lower.size() == 1) {
      return List.of(bind(lower.getFirst(), "ro"));
    }
    List<String> options = new ArrayList<>();
    if (active) {
      options.add("workdir=" + work);
      options.add("upperdir=" + upper);
    }
    options.add("lowerdir=" + lower.stream().map(Path::toString).collect(Collectors.joining(":")));
    options.addAll(extraOptions);
    return List.of(new Mount("overlay", "overlay", options));
  }

  private static Mount bind(Path source, String access) {
    return new Mount("bind", source.toString(), List.of(access, "rbind"));
  }
}
