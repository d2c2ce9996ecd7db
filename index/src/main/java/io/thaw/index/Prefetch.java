package io.thaw.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Toc;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds the spans that hold the files a user wants first.
///
/// A file counts in the topmost indexed layer that has it, for only that one is visible. Within a
/// layer the ranges are sorted, and those that overlap or touch are one, as SOCI writes them.
final class Prefetch {
  private static final String WHITEOUT = ".wh.";

  private Prefetch() {}

  /// What one layer says about the wanted files.
  ///
  /// @param ranges of each non-empty file the layer has
  /// @param settled the paths this layer decides, whether it has them or hides them
  record Hits(Map<String, SpanRange> ranges, Set<String> settled) {}

  /// The form in which paths are compared: no leading slash, no `.` and no empty parts.
  static String clean(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  /// Whether an entry of this name can be what [#find] looks for: one of the `wanted` files, or
  /// the whiteout of one.
  static boolean concerns(byte[] name, Set<String> wanted) {
    if (wanted.isEmpty()) {
      return false;
    }
    String path = clean(new String(name, UTF_8));
    int leaf = path.lastIndexOf('/') + 1;
    return wanted.contains(path)
        || (path.startsWith(WHITEOUT, leaf)
            && wanted.contains(path.substring(0, leaf) + path.substring(leaf + WHITEOUT.length())));
  }

  /// Looks for `wanted`, which are clean paths, in a layer, or in those of its entries that
  /// [#concerns] lets through.
  static Hits find(Toc toc, SpanTable spans, Set<String> wanted) {
    Map<String, SpanRange> ranges = new HashMap<>();
    Set<String> settled = new HashSet<>();
    Map<String, String> hiding = new HashMap<>();
    for (String path : wanted) {
      int slash = path.lastIndexOf('/');
      hiding.put(path.substring(0, slash + 1) + WHITEOUT + path.substring(slash + 1), path);
    }
    for (int entry = 0; entry < toc.count() && !wanted.isEmpty(); entry++) {
      String name = clean(new String(toc.name(entry), UTF_8));
      String hidden = hiding.get(name);
      if (hidden != null) {
        settled.add(hidden);
      }
      if (wanted.contains(name)) {
        settled.add(name);
        ranges.remove(name);
        if (toc.type(entry) == EntryType.REG && toc.sizeBytes(entry) > 0) {
          ranges.put(name, range(spans, toc.dataOffset(entry), toc.sizeBytes(entry)));
        }
      }
    }
    return new Hits(ranges, settled);
  }

  /// Sorts ranges and joins those that overlap or touch.
  static List<SpanRange> merge(Collection<SpanRange> ranges) {
    List<SpanRange> sorted = new ArrayList<>(ranges);
    sorted.sort(
        (a, b) ->
            a.firstSpan() != b.firstSpan()
                ? Integer.compare(a.firstSpan(), b.firstSpan())
                : Integer.compare(a.lastSpan(), b.lastSpan()));
    List<SpanRange> merged = new ArrayList<>();
    for (SpanRange range : sorted) {
      SpanRange before = merged.isEmpty() ? null : merged.getLast();
      if (before != null && range.firstSpan() <= before.lastSpan() + 1) {
        merged.removeLast();
        merged.add(
            new SpanRange(before.firstSpan(), Math.max(before.lastSpan(), range.lastSpan()), 0));
      } else {
        merged.add(range);
      }
    }
    return merged;
  }

  private static SpanRange range(SpanTable spans, long offset, long sizeBytes) {
    return new SpanRange(spans.spanOf(offset), spans.spanOf(offset + sizeBytes - 1), 0);
  }
}
