package io.thaw.it.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The mounts this process sees, read from `/proc/self/mountinfo` so that no mounted filesystem
/// is ever asked anything.
public final class Mounts {
  private static final Path MOUNT_INFO = Path.of("/proc/self/mountinfo");

  private Mounts() {}

  /// One line of mountinfo.
  public record Entry(Path mountpoint, String fsType, String source, String superOptions) {}

  /// All mounts at or below `dir`, in the order they were made.
  public static List<Entry> under(Path dir) throws IOException {
    return parse(Files.readAllLines(MOUNT_INFO, StandardCharsets.ISO_8859_1)).stream()
        .filter(entry -> entry.mountpoint().startsWith(dir))
        .toList();
  }

  /// What the lines of a mountinfo say.
  static List<Entry> parse(List<String> lines) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (String line : lines) {
      entries.add(parse(line));
    }
    return entries;
  }

  /// The mounts below `dir` that are served through FUSE, of whatever subtype.
  public static List<Entry> fuseUnder(Path dir) throws IOException {
    return under(dir).stream()
        .filter(e -> e.fsType().equals("fuse") || e.fsType().startsWith("fuse."))
        .toList();
  }

  /// The lower directories that an overlay's options name, the topmost first; relative ones as
  /// they are.
  public static List<Path> lowerDirs(String superOptions) {
    for (String option : superOptions.split(",", -1)) {
      if (option.startsWith("lowerdir=")) {
        return Stream.of(option.substring("lowerdir=".length()).split(":", -1))
            .map(Path::of)
            .toList();
      }
    }
    return List.of();
  }

  /// Takes away every mount at or below `dir`, the last one first, lazily where it is busy or its
  /// server is gone.
  public static void removeAllUnder(Path dir) throws IOException {
    for (Entry entry : under(dir).reversed()) {
      Commands.run("umount", "-l", entry.mountpoint().toString());
    }
  }

  private static Entry parse(String line) throws IOException {
    int dash = line.indexOf(" - ");
    String[] left = line.split(" ", -1);
    if (dash < 0 || left.length < 5) {
      throw new IOException("Cannot read this line of " + MOUNT_INFO + ": " + line);
    }
    String[] right = line.substring(dash + 3).split(" ", 3);
    return new Entry(
        Path.of(unescape(left[4])), right[0], right[1], right.length > 2 ? right[2] : "");
  }

  // The kernel writes blanks, tabs, newlines and backslashes as three octal digits.
  private static String unescape(String field) {
    StringBuilder out = new StringBuilder(field.length());
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && i + 3 < field.length()) {
        out.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
