package io.thaw.it;

import io.thaw.it.node.Commands;
import io.thaw.it.tree.TreeManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Layers unpacked by GNU tar, whiteouts made by hand, and stacked by the kernel's overlayfs.
///
/// tar leaves out an extended attribute that the kernel refuses, where containerd would give up.
final class PlainUnpack implements AutoCloseable {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  private final Path root;
  private final boolean mounted;
  // Directories no archive mentions: their time is when somebody made them.
  private final Set<String> explicit;

  private PlainUnpack(Path root, boolean mounted, Set<String> explicit) {
    this.root = root;
    this.mounted = mounted;
    this.explicit = explicit;
  }

  /// Unpacks archives, the lowest first, below `dir`.
  static PlainUnpack of(List<Path> archives, Path dir) throws IOException {
    Set<String> explicit = new HashSet<>();
    List<String> lowers = new ArrayList<>();
    for (Path archive : archives) {
      Path layer = Files.createDirectories(dir.resolve("layer" + lowers.size()));
      if (isEmpty(layer)) {
        unpack(archive, layer);
      }
      for (String name : names(archive)) {
        explicit.add(cleaned(name));
      }
      lowers.addFirst(layer.toString());
    }
    if (lowers.size() == 1) {
      return new PlainUnpack(Path.of(lowers.getFirst()), false, explicit);
    }
    Path merged = Files.createDirectories(dir.resolve("merged"));
    Commands.run(
        "mount",
        "-t",
        "overlay",
        "overlay",
        "-o",
        "ro,lowerdir=" + String.join(":", lowers),
        merged.toString());
    return new PlainUnpack(merged, true, explicit);
  }

  Path root() {
    return root;
  }

  /// What can be demanded of any unpacking of these layers: no times of directories that no
  /// archive mentions, and no capability the kernel takes for malformed.
  TreeManifest comparable(TreeManifest manifest) {
    return new TreeManifest(manifest.lines().stream().map(this::comparable).toList());
  }

  private String comparable(String line) {
    String shortened = line.replaceAll(" security\\.capability=\\w*", "");
    if (line.contains(" same=")) {
      // containerd gives a file what the last link to it says; tar keeps what the first said.
      return shortened.replaceAll(" (mode|owner|mtime)=\\S+", "");
    }
    return withoutUnknownTime(shortened);
  }

  /// The manifest without the times of directories that no archive mentions, which are those of
  /// their making.
  TreeManifest withoutUnknownTimes(TreeManifest manifest) {
    return new TreeManifest(manifest.lines().stream().map(this::withoutUnknownTime).toList());
  }

  private String withoutUnknownTime(String line) {
    boolean directory = line.contains(" mode=4");
    String name = line.isEmpty() ? "" : line.substring(0, line.indexOf(' '));
    return directory && !explicit.contains(name) ? line.replaceAll(" mtime=-?\\d+", "") : line;
  }

  @Override
  public void close() throws IOException {
    if (mounted) {
      Commands.run("umount", root.toString());
    }
  }

  private static void unpack(Path archive, Path layer) throws IOException {
    Commands.run(
        List.of(
            "tar",
            "-x",
            "-p",
            "--numeric-owner",
            "--xattrs",
            "--xattrs-include=*",
            "--exclude=.wh.*",
            "--delay-directory-restore",
            "-C",
            layer.toString(),
            "-f",
            archive.toString()),
        Map.of("LC_ALL", "C"));
    for (String name : names(archive)) {
      int slash = name.lastIndexOf('/') + 1;
      Path parent = layer.resolve(name.substring(0, slash));
      String last = name.substring(slash);
      if (last.startsWith(WHITEOUT)) {
        Files.createDirectories(parent);
      }
      if (last.equals(OPAQUE)) {
        Commands.run("setfattr", "-n", "trusted.overlay.opaque", "-v", "y", parent.toString());
      } else if (last.startsWith(WHITEOUT)) {
        Path gone = parent.resolve(last.substring(WHITEOUT.length()));
        // mknod changes the directory's time, which the archive has set.
        var time = Files.getLastModifiedTime(parent);
        Commands.run("mknod", gone.toString(), "c", "0", "0");
        Files.setLastModifiedTime(parent, time);
      }
    }
  }

  private static boolean isEmpty(Path dir) throws IOException {
    try (var files = Files.list(dir)) {
      return files.findAny().isEmpty();
    }
  }

  private static List<String> names(Path archive) throws IOException {
    Process tar =
        new ProcessBuilder("tar", "--quoting-style=literal", "-t", "-f", archive.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var in = tar.getInputStream()) {
      String output = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      return output.lines().toList();
    }
  }

  private static String cleaned(String name) {
    String clean = name.startsWith("./") ? name.substring(2) : name;
    return clean.endsWith("/") ? clean.substring(0, clean.length() - 1) : clean;
  }
}
