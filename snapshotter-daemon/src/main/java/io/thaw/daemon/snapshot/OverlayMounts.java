package io.thaw.daemon.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  /// A snapshot to be mounted.
  ///
  /// @param own directory of the snapshot's own files; the upper directory of an active one
  /// @param work overlayfs' work directory
  /// @param lower directories of the ancestors, parent first
  /// @param mapping how the ids of the files in `lower` are to be shown; empty for as they are
  record Stack(Kind kind, Path own, Path work, List<Path> lower, Optional<IdMapping> mapping) {
    Stack {
      lower = List.copyOf(lower);
    }
  }

  /// The mounts of a view or an active snapshot.
  ///
  /// The ids of lower directories only are ever mapped: own files are written with the host's ids.
  /// containerd maps no read-only bind, so a mapped view of one layer is an overlay, with the
  /// view's own empty directory at the bottom.
  List<Mount> of(Stack stack) {
    boolean active = stack.kind() == Kind.ACTIVE;
    List<Path> lower = new ArrayList<>(stack.lower());
    if (lower.isEmpty()) {
      return List.of(bind(stack.own(), active ? "rw" : "ro"));
    }
    List<String> options = new ArrayList<>();
    stack.mapping().ifPresent(mapping -> options.addAll(mapping.mountOptions()));
    if (active) {
      options.add("workdir=" + stack.work());
      options.add("upperdir=" + stack.own());
    } else if (lower.size() == 1) {
      if (stack.mapping().isEmpty()) {
        return List.of(bind(lower.getFirst(), "ro"));
      }
      lower.add(stack.own());
    }
    options.add("lowerdir=" + lower.stream().map(Path::toString).collect(Collectors.joining(":")));
    options.addAll(extraOptions);
    return List.of(new Mount("overlay", "overlay", options));
  }

  private static Mount bind(Path source, String access) {
    return new Mount("bind", source.toString(), List.of(access, "rbind"));
  }
}
