package io.thaw.it.image;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Directories as layers: the same files give the same archive.
public final class DirectoryLayer {
  private static final List<String> TAR =
      List.of(
          "tar",
          "--create",
          "--file=-",
          "--sort=name",
          "--numeric-owner",
          "--format=pax",
          "--pax-option=delete=atime,delete=ctime",
          "--xattrs",
          "--xattrs-include=*",
          "--clamp-mtime",
          "--mtime=@1767225600");

  private DirectoryLayer() {}

  /// Runs a shell script in a directory, made for it if absent, and adds what is there then.
  public static Layer ofScript(LayoutWriter layout, Path root, String script) throws IOException {
    run(root, script);
    return add(layout, root, ".");
  }

  /// Runs a shell script in a directory, made for it if absent.
  public static void run(Path root, String script) throws IOException {
    Commands.run(
        List.of("bash", "-euc", script), Map.of("LC_ALL", "C"), Files.createDirectories(root));
  }

  /// Adds what `arguments` tell tar to archive, with paths from `root` on.
  public static Layer add(LayoutWriter layout, Path root, String... arguments) throws IOException {
    Process tar = Processes.reading(root, command(arguments));
    Layer layer;
    try (var in = tar.getInputStream()) {
      layer = layout.addLayer(in);
    }
    Processes.requireSuccess("tar", tar);
    return layer;
  }

  /// As [#ofScript], but as an archive without compression in `file`, which is returned.
  public static Path archiveOfScript(Path root, String script, Path file) throws IOException {
    run(root, script);
    Process tar = Processes.reading(root, command("."));
    try (var in = tar.getInputStream()) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    Processes.requireSuccess("tar", tar);
    return file;
  }

  private static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(TAR);
    command.addAll(List.of(arguments));
    return command;
  }
}
