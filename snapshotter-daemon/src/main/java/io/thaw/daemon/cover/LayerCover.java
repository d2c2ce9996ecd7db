package io.thaw.daemon.cover;

import io.thaw.fuse.sys.Errno;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Stat;
import io.thaw.fuse.sys.Trees;
import io.thaw.ztoc.tree.NodeKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Directories, and nothing in them, that a lower directory of its own puts above a layer's.
///
/// A layer's tree is shared by all images that have it, but containerd's unpacking of a layer looks
/// at what lies below: a directory that no entry of the layer names is made like the one below, and
/// the lowest layer keeps no whiteouts, as there is nothing to hide. overlayfs shows a directory as
/// the topmost layer has it, and hides the whiteouts of directories it merges; so a cover says how
/// the one looks, and makes the other be merged.
///
/// @param directories each before those in it, without the root, which every cover has
public record LayerCover(List<LayerFrame.Directory> directories) {
  private static final int DIRECTORY_MODE = 0700;
  private static final int TYPE_BITS = 0170000;

  public LayerCover {
    directories = List.copyOf(directories);
  }

  /// The cover a layer needs.
  ///
  /// @param lower directories of what lies below the layer, topmost first; none if it is the lowest
  /// @return empty if the layer's own directories are right as they are
  public static Optional<LayerCover> of(LayerFrame frame, List<Path> lower) throws IOException {
    return lower.isEmpty() ? hiding(frame) : inheriting(frame, lower);
  }

  private static Optional<LayerCover> hiding(LayerFrame frame) {
    Set<String> wanted = new HashSet<>();
    for (LayerFrame.Directory directory : frame.directories()) {
      if (directory.hiding()) {
        want(directory.path(), wanted);
      }
    }
    return cover(frame.directories(), wanted);
  }

  private static Optional<LayerCover> inheriting(LayerFrame frame, List<Path> lower)
      throws IOException {
    // Which of the lower directories have a path as a directory: no other can have what is in it,
    // and none of them leads through a symbolic link.
    Map<String, List<String>> having = new HashMap<>();
    having.put("", lower.stream().map(path -> Latin1.text(Trees.rawBytes(path))).toList());
    Set<String> wanted = new HashSet<>();
    List<LayerFrame.Directory> shown = new ArrayList<>();
    for (LayerFrame.Directory directory : frame.directories()) {
      if (directory.path().isEmpty()) {
        continue;
      }
      Lower found = Lower.find(having.getOrDefault(directory.parent(), List.of()), directory);
      having.put(directory.path(), found.having());
      Attributes inherited = found.topmost().orElse(directory.attributes());
      if (directory.implicit() && !inherited.showsAs(directory.attributes())) {
        want(directory.path(), wanted);
      }
      Attributes attributes = directory.implicit() ? inherited : directory.attributes();
      shown.add(new LayerFrame.Directory(directory.path(), false, false, attributes));
    }
    return cover(shown, wanted);
  }

  /// What the lower directories have at one path.
  ///
  /// @param topmost attributes of the first that has something there; empty if that is no directory
  private record Lower(List<String> having, Optional<Attributes> topmost) {
    static Lower find(List<String> candidates, LayerFrame.Directory directory) throws IOException {
      List<String> having = new ArrayList<>();
      Optional<Attributes> topmost = Optional.empty();
      boolean decided = !directory.implicit();
      for (String lower : candidates) {
        byte[] path = Latin1.bytes(lower + "/" + directory.path());
        Optional<Stat> stat = stat(path);
        if (stat.isEmpty()) {
          continue;
        }
        boolean isDirectory = (stat.get().mode() & TYPE_BITS) == NodeKind.DIRECTORY.typeBits();
        if (isDirectory) {
          having.add(lower);
        }
        if (!decided && isDirectory) {
          topmost = Optional.of(Attributes.of(path, stat.get()));
        }
        decided = true;
      }
      return new Lower(having, topmost);
    }

    private static Optional<Stat> stat(byte[] path) throws LinuxException {
      try {
        return Optional.of(Linux.stat(Linux.AT_FDCWD, path));
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
        return Optional.empty();
      }
    }
  }

  private static void want(String path, Set<String> wanted) {
    String at = path;
    while (wanted.add(at) && !at.isEmpty()) {
      at = LayerFrame.parentOf(at);
    }
  }

  private static Optional<LayerCover> cover(
      List<LayerFrame.Directory> directories, Set<String> wanted) {
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new LayerCover(
            directories.stream()
                .filter(d -> !d.path().isEmpty() && wanted.contains(d.path()))
                .toList()));
  }

  /// Makes the cover at `root`, which must not exist.
  public void makeAt(Path root) throws IOException {
    Files.createDirectory(root);
    Files.setAttribute(root, "unix:mode", 0755);
    String base = Latin1.text(Trees.rawBytes(root.toAbsolutePath())) + "/";
    for (LayerFrame.Directory directory : directories) {
      Linux.mkdirat(Linux.AT_FDCWD, Latin1.bytes(base + directory.path()), DIRECTORY_MODE);
    }
    // Those of inner directories first: making something in a directory changes its time.
    for (LayerFrame.Directory directory : directories.reversed()) {
      directory.attributes().applyTo(Latin1.bytes(base + directory.path()));
    }
  }
}
