package io.thaw.cli.analyze.tree;

import java.util.Arrays;

/// How columns grow: by half, so that a table of a million rows never needs much more than it
/// holds.
final class Columns {
  private static final int LEAST = 1024;

  private Columns() {}

  /// The new capacity for a column of `current` elements that must hold `needed`.
  static int grown(int current, long needed) {
    long wanted = Math.max(Math.max(LEAST, needed), current + (current >> 1));
    return (int) Math.min(Integer.MAX_VALUE - 8L, wanted);
  }

  static int[] fit(int[] column, int row) {
    return row < column.length ? column : Arrays.copyOf(column, grown(column.length, row + 1L));
  }

  static long[] fit(long[] column, int row) {
    return row < column.length ? column : Arrays.copyOf(column, grown(column.length, row + 1L));
  }

  static short[] fit(short[] column, int row) {
    return row < column.length ? column : Arrays.copyOf(column, grown(column.length, row + 1L));
  }

  static byte[] fit(byte[] column, int row) {
    return row < column.length ? column : Arrays.copyOf(column, grown(column.length, row + 1L));
  }
}
