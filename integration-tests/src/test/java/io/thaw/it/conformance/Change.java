package io.thaw.it.conformance;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/// Something done to a directory tree. Paths are relative to its root.
@FunctionalInterface
interface Change {

  /// Does it below `root`.
  void apply(Path root) throws IOException;

  static Change all(Change... changes) {
    return root -> {
      for (Change change : changes) {
        change.apply(root);
      }
    };
  }

  static Change dir(String path, String mode) {
    return root -> chmod(Files.createDirectory(root.resolve(path)), mode);
  }

  /// Makes a file, or replaces the content of one.
  static Change file(String path, String content, String mode) {
    return root -> chmod(Files.writeString(root.resolve(path), content), mode);
  }

  static Change remove(String path) {
    return root -> Commands.run("rm", "-r", root.resolve(path).toString());
  }

  static Change chown(String path, int uid, int gid) {
    return root -> {
      Path file = root.resolve(path);
      Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    };
  }

  static Change rename(String from, String to) {
    return root -> Files.move(root.resolve(from), root.resolve(to), StandardCopyOption.ATOMIC_MOVE);
  }

  static Change link(String existing, String added) {
    return root -> Files.createLink(root.resolve(added), root.resolve(existing));
  }

  static Change symlink(String target, String added) {
    return root -> Files.createSymbolicLink(root.resolve(added), Path.of(target));
  }

  private static void chmod(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }
}
