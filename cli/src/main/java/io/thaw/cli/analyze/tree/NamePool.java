package io.thaw.cli.analyze.tree;

import java.io.IOException;
import java.util.Arrays;

/// Byte strings, numbered from 0, each stored once. Not safe for use by more than one thread.
final class NamePool {
  private byte[] bytes = new byte[1 << 16];
  private int[] starts = new int[1 << 10];
  private int[] slots = new int[1 << 11];
  private int count;

  /// The number of an equal string, which is added if there is none.
  ///
  /// @throws IOException if all strings together have more than 2 GiB
  int intern(byte[] source, int from, int to) throws IOException {
    if (count * 2 >= slots.length) {
      rehash();
    }
    int mask = slots.length - 1;
    int slot = hash(source, from, to) & mask;
    while (slots[slot] != 0) {
      int candidate = slots[slot] - 1;
      if (equals(candidate, source, from, to)) {
        return candidate;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = count + 1;
    return add(source, from, to);
  }

  /// The number of an equal string, or -1.
  int find(byte[] source, int from, int to) {
    int mask = slots.length - 1;
    int slot = hash(source, from, to) & mask;
    while (slots[slot] != 0) {
      int candidate = slots[slot] - 1;
      if (equals(candidate, source, from, to)) {
        return candidate;
      }
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  byte[] get(int name) {
    return Arrays.copyOfRange(bytes, starts[name], starts[name + 1]);
  }

  int length(int name) {
    return starts[name + 1] - starts[name];
  }

  /// Copies a string to `target` so that it ends before `end`, and returns where it starts.
  int copyBefore(int name, byte[] target, int end) {
    int length = length(name);
    System.arraycopy(bytes, starts[name], target, end - length, length);
    return end - length;
  }

  /// Bytewise order.
  int compare(int a, int b) {
    return Arrays.compareUnsigned(bytes, starts[a], starts[a + 1], bytes, starts[b], starts[b + 1]);
  }

  private boolean equals(int name, byte[] source, int from, int to) {
    return Arrays.equals(bytes, starts[name], starts[name + 1], source, from, to);
  }

  private int add(byte[] source, int from, int to) throws IOException {
    long end = (long) starts[count] + to - from;
    if (end > Integer.MAX_VALUE - 8) {
      throw new IOException("The names of the image's files have more than 2 GiB");
    }
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Columns.grown(bytes.length, end));
    }
    if (count + 2 > starts.length) {
      starts = Arrays.copyOf(starts, Columns.grown(starts.length, count + 2));
    }
    System.arraycopy(source, from, bytes, starts[count], to - from);
    starts[count + 1] = (int) end;
    return count++;
  }

  private void rehash() {
    slots = new int[slots.length * 2];
    for (int name = 0; name < count; name++) {
      int slot = hash(bytes, starts[name], starts[name + 1]) & (slots.length - 1);
      while (slots[slot] != 0) {
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = name + 1;
    }
  }

  private static int hash(byte[] source, int from, int to) {
    int hash = 1;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + source[i];
    }
    return ((hash ^ (hash >>> 15)) * 0x9E3779B1) >>> 3;
  }
}
