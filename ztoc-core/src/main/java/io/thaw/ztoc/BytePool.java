package io.thaw.ztoc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;

/// Immutable byte strings, numbered from 0, in one array.
final class BytePool {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long KEY = new SecureRandom().nextLong();
  private static final long MULTIPLIER = new SecureRandom().nextLong() | 1;

  private final byte[] bytes;
  private final int[] starts;

  private BytePool(byte[] bytes, int[] starts) {
    this.bytes = bytes;
    this.starts = starts;
  }

  int count() {
    return starts.length - 1;
  }

  int length(int index) {
    return starts[index + 1] - starts[index];
  }

  byte[] get(int index) {
    return Arrays.copyOfRange(bytes, starts[index], starts[index + 1]);
  }

  /// Copies string `index` to `dst` at `offset` and returns its length.
  int copy(int index, byte[] dst, int offset) {
    int length = length(index);
    System.arraycopy(bytes, starts[index], dst, offset, length);
    return length;
  }

  byte byteAt(int index, int position) {
    return bytes[starts[index] + position];
  }

  long heapBytes() {
    return bytes.length + 4L * starts.length + 32;
  }

  /// Collects strings; equal ones may share a number. Not safe for use by more than one thread.
  static final class Builder {
    private byte[] bytes = new byte[1024];
    private int[] starts = new int[256];
    private int count;
    private int[] slots = new int[0];

    int count() {
      return count;
    }

    /// Adds a string even if an equal one is there. A pool is used either with this or with
    /// [#intern].
    int add(byte[] src, int offset, int length) {
      int end = Math.addExact(starts[count], length);
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, grown(bytes.length, end));
      }
      if (count + 2 > starts.length) {
        starts = Arrays.copyOf(starts, grown(starts.length, count + 2));
      }
      System.arraycopy(src, offset, bytes, starts[count], length);
      starts[count + 1] = end;
      return count++;
    }

    /// Returns the number of an equal string, adding it first if there is none.
    int intern(byte[] src, int offset, int length) {
      if (count * 2 >= slots.length) {
        rehash(Math.max(64, slots.length * 2));
      }
      int mask = slots.length - 1;
      int slot = hash(src, offset, offset + length) & mask;
      while (slots[slot] != 0) {
        int candidate = slots[slot] - 1;
        if (Arrays.equals(
            bytes, starts[candidate], starts[candidate + 1], src, offset, offset + length)) {
          return candidate;
        }
        slot = (slot + 1) & mask;
      }
      int added = add(src, offset, length);
      slots[slot] = added + 1;
      return added;
    }

    private void rehash(int size) {
      slots = new int[size];
      for (int i = 0; i < count; i++) {
        int slot = hash(bytes, starts[i], starts[i + 1]) & (size - 1);
        while (slots[slot] != 0) {
          slot = (slot + 1) & (size - 1);
        }
        slots[slot] = i + 1;
      }
    }

    /// Keyed, so that nobody can make a layer whose names all share a slot.
    private static int hash(byte[] src, int from, int to) {
      long hash = KEY ^ (to - from);
      int at = from;
      for (; at + 8 <= to; at += 8) {
        hash = mix(hash ^ (long) LONG.get(src, at));
      }
      long rest = 0;
      for (; at < to; at++) {
        rest = rest << 8 | (src[at] & 0xff);
      }
      return (int) mix(hash ^ rest);
    }

    private static long mix(long value) {
      return value * MULTIPLIER ^ Math.unsignedMultiplyHigh(value, MULTIPLIER);
    }

    private static int grown(int current, int needed) {
      return (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, current * 2L));
    }

    BytePool build() {
      return new BytePool(Arrays.copyOf(bytes, starts[count]), Arrays.copyOf(starts, count + 1));
    }
  }
}
