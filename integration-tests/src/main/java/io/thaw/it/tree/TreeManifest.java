package io.thaw.it.tree;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Everything an unpacked image consists of, a line per entry: name as raw bytes, type and mode,
/// owner, modification time in nanoseconds, content, link target, device, hard links, xattrs.
///
/// @param lines sorted by raw name
public record TreeManifest(List<String> lines) {
  private static final int MAX_DIFFERENCES = 40;
  private static final Pattern TIME = Pattern.compile(" mtime=-?\\d+");

  /// Reads the whole tree below `root`.
  public static TreeManifest of(Path root) throws IOException {
    Process python =
        new ProcessBuilder("python3", "-I", "-c", script(), root.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    python.getOutputStream().close();
    String output;
    try (InputStream in = python.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
    try {
      if (python.waitFor() != 0) {
        throw new IOException("Could not read the tree below " + root);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a tree was read", e);
    }
    return new TreeManifest(List.of(output.split("\n", -1)));
  }

  /// The same without the modification times, for trees that were made at different times.
  public TreeManifest withoutTimes() {
    return new TreeManifest(lines.stream().map(line -> TIME.matcher(line).replaceAll("")).toList());
  }

  /// The lines only one of the two has, `-` for this one and `+` for the other; empty when they
  /// are the same.
  public List<String> differencesTo(TreeManifest other) {
    List<String> differences = new ArrayList<>();
    collect("- ", lines, other.lines, differences);
    collect("+ ", other.lines, lines, differences);
    return differences;
  }

  private static void collect(
      String sign, List<String> mine, List<String> theirs, List<String> differences) {
    Set<String> known = new HashSet<>(theirs);
    mine.stream()
        .filter(line -> !known.contains(line))
        .limit(MAX_DIFFERENCES)
        .forEach(line -> differences.add(sign + line));
  }

  private static String script() throws IOException {
    try (InputStream in = TreeManifest.class.getResourceAsStream("manifest.py")) {
      if (in == null) {
        throw new IOException("manifest.py is missing beside " + TreeManifest.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
