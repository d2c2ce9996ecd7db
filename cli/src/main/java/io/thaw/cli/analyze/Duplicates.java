package io.thaw.cli.analyze;

import io.thaw.cli.analyze.tree.FileTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Files of an image, in all its layers, that have the same content.
///
/// @param groups the largest waste first
/// @param wastedBytes what all groups carry more than once, also of those left out of `groups`
/// @param files how many files could be left out
public record Duplicates(List<Group> groups, long wastedBytes, int files) {
  /// Groups that are kept; an image can have hundreds of thousands.
  static final int MAX_GROUPS = 10_000;

  /// Rows of a group that are kept.
  static final int MAX_ROWS = 100;

  public Duplicates {
    groups = List.copyOf(groups);
  }

  /// Files with the same content.
  ///
  /// @param sizeBytes of one of them
  /// @param count how many there are
  /// @param rows of the file table, the lowest layers first; at most 100
  /// @param layers how many different layers they are in
  public record Group(long sizeBytes, int count, List<Integer> rows, int layers) {
    public Group {
      rows = List.copyOf(rows);
    }

    /// What is carried more than once.
    public long wastedBytes() {
      return sizeBytes * (count - 1);
    }
  }

  /// Compares the contents of all files by digest and size.
  static Duplicates of(FileTable table) {
    int[] next = new int[table.count()];
    int[] slots = new int[Integer.highestOneBit(Math.max(16, table.count())) * 4];
    Arrays.fill(next, -1);
    int[] counts = new int[table.count()];
    for (int row = 0; row < table.count(); row++) {
      if (table.sizeBytes(row) > 0) {
        enter(table, row, slots, next, counts);
      }
    }
    List<Group> groups = new ArrayList<>();
    long wasted = 0;
    int files = 0;
    for (int row = 0; row < table.count(); row++) {
      if (counts[row] > 1) {
        wasted += table.sizeBytes(row) * (counts[row] - 1);
        files += counts[row] - 1;
        groups.add(group(table, row, counts[row], next));
        if (groups.size() == 2 * MAX_GROUPS) {
          shorten(groups);
        }
      }
    }
    shorten(groups);
    return new Duplicates(groups, wasted, files);
  }

  /// Chains a row to the first one with the same content, which also counts; the chain's order is
  /// first, latest, …, second.
  private static void enter(FileTable table, int row, int[] slots, int[] next, int[] counts) {
    int mask = slots.length - 1;
    int slot = (int) (table.hashLow(row) ^ table.sizeBytes(row) * 31) & mask;
    while (slots[slot] != 0 && !same(table, slots[slot] - 1, row)) {
      slot = (slot + 1) & mask;
    }
    if (slots[slot] == 0) {
      slots[slot] = row + 1;
      counts[row] = 1;
      return;
    }
    int first = slots[slot] - 1;
    counts[first]++;
    next[row] = next[first];
    next[first] = row;
  }

  private static boolean same(FileTable table, int a, int b) {
    return table.hashLow(a) == table.hashLow(b)
        && table.hashHigh(a) == table.hashHigh(b)
        && table.sizeBytes(a) == table.sizeBytes(b);
  }

  private static Group group(FileTable table, int first, int count, int[] next) {
    int[] rows = new int[count];
    int filled = 0;
    for (int row = first; row >= 0; row = next[row]) {
      rows[filled++] = row;
    }
    Arrays.sort(rows);
    int layers = 0;
    int last = -1;
    for (int row : rows) { // rows are in the order of layers
      layers += table.layer(row) == last ? 0 : 1;
      last = table.layer(row);
    }
    return new Group(
        table.sizeBytes(first),
        count,
        Arrays.stream(rows).limit(MAX_ROWS).boxed().toList(),
        layers);
  }

  private static void shorten(List<Group> groups) {
    groups.sort(
        (a, b) ->
            a.wastedBytes() == b.wastedBytes()
                ? Integer.compare(a.rows.getFirst(), b.rows.getFirst())
                : Long.compare(b.wastedBytes(), a.wastedBytes()));
    if (groups.size() > MAX_GROUPS) {
      groups.subList(MAX_GROUPS, groups.size()).clear();
    }
  }
}
