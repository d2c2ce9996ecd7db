package io.thaw.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A table as docs/performance.md shows it: first column to the left, the others to the right.
public final class MarkdownTable {
  private final int columns;
  private final List<List<String>> rows = new ArrayList<>();

  public MarkdownTable(String... headings) {
    this.columns = headings.length;
    rows.add(List.of(headings));
  }

  /// Adds a row.
  ///
  /// @throws IllegalArgumentException if it has not one cell per heading
  public MarkdownTable row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(
          "a row of " + cells.length + " cells does not fit " + columns + " headings");
    }
    rows.add(List.of(cells));
    return this;
  }

  /// A figure with three significant digits, or all of its whole ones.
  public static String number(double value) {
    double size = Math.abs(value);
    int decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /// How many times the reference a value is.
  public static String times(double ratio) {
    return String.format(Locale.ROOT, "%.2f×", ratio);
  }

  /// The table, a line per row, each ended by a newline.
  public String text() {
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], Math.max(2, row.get(i).length()));
      }
    }
    StringBuilder out = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      line(out, rows.get(r), widths);
      if (r == 0) {
        rule(out, widths);
      }
    }
    return out.toString();
  }

  private static void line(StringBuilder out, List<String> cells, int[] widths) {
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - cells.get(i).length());
      out.append("| ").append(i == 0 ? cells.get(i) + padding : padding + cells.get(i)).append(' ');
    }
    out.append("|\n");
  }

  private static void rule(StringBuilder out, int[] widths) {
    for (int i = 0; i < widths.length; i++) {
      out.append(i == 0 ? "|:" : "|-").append("-".repeat(widths[i])).append(i == 0 ? "-" : ":");
    }
    out.append("|\n");
  }
}
