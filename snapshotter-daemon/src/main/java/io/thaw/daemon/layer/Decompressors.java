package io.thaw.daemon.layer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Other programs that decompress layers, by the name of the compression: `gzip`, `zstd`.
///
/// They run as this daemon does, on bytes nobody has verified yet; so a program is accepted only if
/// nobody but root (or whoever runs the daemon) could have put it there.
public final class Decompressors {
  /// None: layers are decompressed in this process.
  public static final Decompressors NONE = new Decompressors(Map.of());

  private static final String SUSPICIOUS = "#%{}\\|;&$<>";
  private static final Set<PosixFilePermission> OTHERS_WRITE =
      EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
  private static final Set<PosixFilePermission> EXECUTE =
      EnumSet.of(
          PosixFilePermission.OWNER_EXECUTE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final Map<String, List<String>> commands;

  private Decompressors(Map<String, List<String>> commands) {
    this.commands = Map.copyOf(commands);
  }

  /// A program and its arguments; it reads the compressed bytes from its standard input and writes
  /// the others to its standard output.
  public record Program(String path, List<String> arguments) {
    public Program {
      arguments = List.copyOf(arguments);
    }
  }

  /// Checks programs.
  ///
  /// @param programs by the name of the compression
  /// @throws IOException if one may not be used; the message has the reason and a remedy
  public static Decompressors of(Map<String, Program> programs) throws IOException {
    Map<String, List<String>> commands = new TreeMap<>();
    for (Map.Entry<String, Program> program : programs.entrySet()) {
      List<String> command = new ArrayList<>();
      command.add(checked(program.getKey(), program.getValue().path()).toString());
      command.addAll(program.getValue().arguments());
      commands.put(program.getKey(), List.copyOf(command));
    }
    return new Decompressors(commands);
  }

  /// The command line for a compression.
  Optional<List<String>> command(String compression) {
    return Optional.ofNullable(commands.get(compression));
  }

  private static Path checked(String compression, String path) throws IOException {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (SUSPICIOUS.indexOf(c) >= 0 || Character.isISOControl(c)) {
        throw refused(compression, path, "the path has the character '" + c + "'");
      }
    }
    if (!path.startsWith("/")) {
      throw refused(compression, path, "the path is not absolute");
    }
    Path real;
    try {
      real = Path.of(path).toRealPath();
    } catch (IOException e) {
      throw refused(compression, path, "there is no such file");
    }
    PosixFileAttributes file = attributes(real);
    if (!file.isRegularFile()) {
      throw refused(compression, path, "it is no regular file");
    }
    if (file.permissions().stream().noneMatch(EXECUTE::contains)) {
      throw refused(compression, path, "it is not executable");
    }
    // Whoever can write a directory on the way can put another program in its place.
    for (Path part = real; part != null; part = part.getParent()) {
      requireSafe(compression, path, part);
    }
    return real;
  }

  private static void requireSafe(String compression, String path, Path part) throws IOException {
    PosixFileAttributes attributes = attributes(part);
    String owner = attributes.owner().getName();
    if (!owner.equals("root") && !owner.equals(System.getProperty("user.name"))) {
      throw refused(
          compression, path, part + " belongs to " + owner + "; it has to belong to root");
    }
    boolean sticky =
        attributes.isDirectory() && ((int) Files.getAttribute(part, "unix:mode") & 01000) != 0;
    if (!sticky && attributes.permissions().stream().anyMatch(OTHERS_WRITE::contains)) {
      throw refused(
          compression, path, part + " can be written by others; take that right away (chmod go-w)");
    }
  }

  private static PosixFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static IOException refused(String compression, String path, String why) {
    return new IOException(
        "pull_modes.parallel_pull_unpack.decompress_streams.%s.path: %s may not be used: %s"
            .formatted(compression, path, why));
  }
}
