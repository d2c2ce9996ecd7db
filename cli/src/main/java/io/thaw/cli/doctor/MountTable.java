package io.thaw.cli.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A `mountinfo` of `/proc`, as proc_pid_mountinfo(5) describes it.
final class MountTable {
  private static final Pattern ESCAPE = Pattern.compile("\\\\([0-7]{3})");

  private final List<Entry> entries;

  private MountTable(List<Entry> entries) {
    this.entries = entries;
  }

  /// One mount.
  ///
  /// @param shared whether mounts below it are seen in other mount namespaces
  record Entry(Path mountpoint, boolean shared, boolean readOnly, String type) {}

  /// Reads the table; lines that are none are passed over.
  static MountTable parse(String text) {
    List<Entry> entries = new ArrayList<>();
    for (String line : text.lines().toList()) {
      int dash = line.indexOf(" - ");
      String[] mount = line.substring(0, Math.max(dash, 0)).split(" ", -1);
      String[] filesystem = line.substring(dash < 0 ? line.length() : dash + 3).split(" ", -1);
      if (mount.length >= 6 && filesystem.length >= 3) {
        boolean shared =
            List.of(mount).subList(6, mount.length).stream().anyMatch(f -> f.startsWith("shared:"));
        boolean readOnly =
            List.of(mount[5].split(",", -1)).contains("ro")
                || List.of(filesystem[2].split(",", -1)).contains("ro");
        entries.add(new Entry(Path.of(unescaped(mount[4])), shared, readOnly, filesystem[0]));
      }
    }
    return new MountTable(entries);
  }

  private static String unescaped(String text) {
    return ESCAPE
        .matcher(text)
        .replaceAll(
            m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 8))));
  }

  /// The mount a path is on: the deepest, and of several at one place the newest.
  Optional<Entry> of(Path path) {
    Entry found = null;
    for (Entry entry : entries) {
      if (path.startsWith(entry.mountpoint())
          && (found == null
              || entry.mountpoint().getNameCount() >= found.mountpoint().getNameCount())) {
        found = entry;
      }
    }
    return Optional.ofNullable(found);
  }
}
