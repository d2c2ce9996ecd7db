package io.thaw.it.userns;

import io.thaw.it.node.Commands;
import io.thaw.it.node.MountedSnapshot;
import io.thaw.it.node.Mounts;
import io.thaw.proto.containerd.types.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A snapshot mounted as containerd 2 does it: if the answer has `uidmap` and `gidmap`, each lower
/// directory is mounted once more with mapped ids, and the overlay gets these mounts.
final class MappedSnapshot implements AutoCloseable {
  private static final String LOWER = "lowerdir=";

  private final MountedSnapshot mounted;
  private final List<Path> lower;

  private MappedSnapshot(MountedSnapshot mounted, List<Path> lower) {
    this.mounted = mounted;
    this.lower = lower;
  }

  /// @param work a directory that does not exist
  static MappedSnapshot at(Path work, Mount mount) throws IOException {
    List<String> options = new ArrayList<>(mount.getOptionsList());
    String uids = take(options, "uidmap=");
    String gids = take(options, "gidmap=");
    List<Path> lower = new ArrayList<>();
    try (UserNamespace namespace = UserNamespace.create(uids, gids)) {
      for (Path directory : Mounts.lowerDirs(take(options, LOWER, LOWER))) {
        Path target = Files.createDirectories(work.resolve("lower").resolve("" + lower.size()));
        MountCalls.bindMapped(directory, target, namespace.descriptor());
        lower.add(target);
      }
      options.add(LOWER + String.join(":", lower.stream().map(Path::toString).toList()));
      Mount mapped = mount.toBuilder().clearOptions().addAllOptions(options).build();
      return new MappedSnapshot(
          MountedSnapshot.at(work.resolve("root"), List.of(mapped)), List.copyOf(lower));
    } catch (IOException e) {
      for (Path made : lower) {
        Commands.run("umount", made.toString());
      }
      throw e;
    }
  }

  private static String take(List<String> options, String prefix) throws IOException {
    return take(options, prefix, "");
  }

  private static String take(List<String> options, String prefix, String kept) throws IOException {
    for (String option : options) {
      if (option.startsWith(prefix)) {
        options.remove(option);
        return kept + option.substring(prefix.length());
      }
    }
    throw new IOException("There is no " + prefix + " in " + options);
  }

  Path root() {
    return mounted.root();
  }

  /// Owner of a file as the host sees it, such as `100000:100000`.
  String owner(String path) throws IOException {
    return Commands.run("stat", "-c", "%u:%g", root().resolve(path).toString()).strip();
  }

  @Override
  public void close() throws IOException {
    mounted.close();
    for (Path made : lower) {
      Commands.run("umount", made.toString());
    }
  }
}
