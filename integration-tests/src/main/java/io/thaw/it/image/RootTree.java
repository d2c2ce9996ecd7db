package io.thaw.it.image;

import io.thaw.it.node.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// A root filesystem that grows layer by layer in a directory. What was added since the last
/// layer becomes the next one.
///
/// Names are handled as the bytes they are (decoded as Latin-1), because a root shell's locale
/// may know nothing but ASCII while packages have names in UTF-8.
final class RootTree {
  private final Path root;
  private Set<String> inLayers = new TreeSet<>();

  /// An empty tree in which `/bin`, `/sbin` and `/lib*` are links into `/usr`, as in every
  /// current release.
  RootTree(Path root) throws IOException {
    this.root = root;
    for (String name : List.of("bin", "sbin", "lib", "lib64")) {
      Files.createDirectories(root.resolve("usr").resolve(name));
      Files.createSymbolicLink(root.resolve(name), Path.of("usr", name));
    }
    for (String name : List.of("proc", "sys", "dev", "tmp", "root", "run")) {
      Files.createDirectory(root.resolve(name));
    }
    Commands.run("chmod", "1777", root.resolve("tmp").toString());
  }

  Path path() {
    return root;
  }

  /// Unpacks a package without running its scripts.
  void unpack(Path archive) throws IOException {
    Processes.pipe(
        List.of("dpkg-deb", "--fsys-tarfile", archive.toString()),
        List.of(
            "tar",
            "-x",
            "-p",
            "--numeric-owner",
            "--keep-directory-symlink",
            "-C",
            root.toString(),
            "-f",
            "-"));
  }

  /// Copies a file of the tree to another place in it, when there is such a file and the place is
  /// free.
  void copyIfAbsent(String from, String to) throws IOException {
    if (Files.isRegularFile(root.resolve(from)) && !Files.exists(root.resolve(to))) {
      Files.copy(root.resolve(from), root.resolve(to));
    }
  }

  /// Makes a symbolic link unless something has this name already.
  void link(Path link, Path target) throws IOException {
    if (!Files.exists(root.resolve(link), LinkOption.NOFOLLOW_LINKS)) {
      Files.createSymbolicLink(root.resolve(link), target);
    }
  }

  /// Runs a program of the tree inside the tree.
  void chroot(String... command) throws IOException {
    String[] all = new String[command.length + 2];
    all[0] = "chroot";
    all[1] = root.toString();
    System.arraycopy(command, 0, all, 2, command.length);
    Commands.run(all);
  }

  /// Adds what is new since the last call to `layout` as a layer, entries sorted and no time
  /// later than a fixed one.
  Layer addLayer(LayoutWriter layout) throws IOException {
    Set<String> now = paths();
    Set<String> entries = new TreeSet<>();
    for (String path : now) {
      if (!inLayers.contains(path)) {
        entries.add(path);
        for (int slash = path.lastIndexOf('/');
            slash > 0;
            slash = path.lastIndexOf('/', slash - 1)) {
          entries.add(path.substring(0, slash));
        }
      }
    }
    entries.remove(".");
    inLayers = now;
    return write(layout, entries);
  }

  private Layer write(LayoutWriter layout, Set<String> entries) throws IOException {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    for (String entry : entries) {
      list.write(entry.getBytes(StandardCharsets.ISO_8859_1));
      list.write(0);
    }
    Path listFile = Files.createTempFile("thaw-layer", ".list");
    try {
      Files.write(listFile, list.toByteArray());
      return DirectoryLayer.add(
          layout,
          root,
          "--null",
          "--verbatim-files-from",
          "--no-recursion",
          "--files-from=" + listFile);
    } finally {
      Files.delete(listFile);
    }
  }

  private Set<String> paths() throws IOException {
    Process find = Processes.reading(root, List.of("find", ".", "-mindepth", "1", "-print0"));
    byte[] output;
    try (var in = find.getInputStream()) {
      output = in.readAllBytes();
    }
    Processes.requireSuccess("find", find);
    Set<String> paths = new TreeSet<>();
    for (String path : new String(output, StandardCharsets.ISO_8859_1).split("\0", -1)) {
      if (!path.isEmpty()) {
        paths.add(path);
      }
    }
    return paths;
  }
}
