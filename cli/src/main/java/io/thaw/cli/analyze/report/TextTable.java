package io.thaw.cli.analyze.report;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Rows with aligned columns. A heading that starts with `>` stands over a column of numbers,
/// which is aligned to the right.
final class TextTable {
  private static final String GAP = "  ";

  private final List<String> headings;
  private final List<String[]> rows = new ArrayList<>();

  TextTable(String... headings) {
    this.headings = List.of(headings);
  }

  void add(String... cells) {
    rows.add(cells);
  }

  void print(PrintWriter out) {
    int[] widths = new int[headings.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = heading(i).length();
      for (String[] row : rows) {
        widths[i] = Math.max(widths[i], row[i].codePointCount(0, row[i].length()));
      }
    }
    String[] titles = new String[widths.length];
    for (int i = 0; i < widths.length; i++) {
      titles[i] = heading(i);
    }
    out.println(line(titles, widths));
    rows.forEach(row -> out.println(line(row, widths)));
  }

  private String line(String[] cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      String padding = " ".repeat(widths[i] - cells[i].codePointCount(0, cells[i].length()));
      line.append(GAP).append(isNumber(i) ? padding + cells[i] : cells[i] + padding);
    }
    return line.toString().stripTrailing();
  }

  private String heading(int column) {
    return isNumber(column) ? headings.get(column).substring(1) : headings.get(column);
  }

  private boolean isNumber(int column) {
    return headings.get(column).startsWith(">");
  }
}
