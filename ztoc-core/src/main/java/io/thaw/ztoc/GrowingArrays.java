package io.thaw.ztoc;

import java.util.Arrays;

/// Growing arrays of primitives, for columns whose length is known only at the end.
final class GrowingArrays {
  private GrowingArrays() {}

  private static int grown(int length) {
    return (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(64L, length * 2L));
  }

  static final class Bytes {
    private byte[] values = new byte[0];
    private int count;

    void add(byte value) {
      if (count == values.length) {
        values = Arrays.copyOf(values, grown(count));
      }
      values[count++] = value;
    }

    byte[] toArray() {
      return Arrays.copyOf(values, count);
    }
  }

  static final class Ints {
    private int[] values = new int[0];
    private int count;

    void add(int value) {
      if (count == values.length) {
        values = Arrays.copyOf(values, grown(count));
      }
      values[count++] = value;
    }

    int get(int index) {
      return values[index];
    }

    int count() {
      return count;
    }

    int[] toArray() {
      return Arrays.copyOf(values, count);
    }
  }

  static final class Longs {
    private long[] values = new long[0];
    private int count;

    void add(long value) {
      if (count == values.length) {
        values = Arrays.copyOf(values, grown(count));
      }
      values[count++] = value;
    }

    long get(int index) {
      return values[index];
    }

    int count() {
      return count;
    }

    long[] toArray() {
      return Arrays.copyOf(values, count);
    }
  }
}
