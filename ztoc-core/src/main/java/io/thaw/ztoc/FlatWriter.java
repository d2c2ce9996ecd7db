package io.thaw.ztoc;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Writes a flatbuffer back to front, byte for byte as the flatbuffers builders of Go and Java do.
///
/// It exists because one vector of a zTOC, the checkpoints, can have hundreds of megabytes: here a
/// vector's bytes may be left outside and put in when the buffer is written out. Positions are
/// counted from the end of the buffer, as flatbuffers' builders count them.
final class FlatWriter {
  private static final int LIMIT = Integer.MAX_VALUE - 64;

  private byte[] bytes = new byte[4096];
  private ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

  /// First used index of `bytes`; what is before it is free.
  private int space = bytes.length;

  /// How many bytes of the buffer stand behind `bytes`.
  private int behind;

  private byte[] tail = new byte[0];
  private boolean hasExternal;
  private int alignment = 1;
  private int[] slots = new int[0];
  private int objectStart;
  private final List<int[]> vtables = new ArrayList<>();
  private final List<Integer> vtablePositions = new ArrayList<>();

  /// Bytes written so far: the position of the newest one, counted from the end.
  int position() {
    return behind + bytes.length - space;
  }

  private void reserve(int count) {
    if ((long) position() + count > LIMIT) {
      throw new ZtocTooLargeException();
    }
    if (space < count) {
      int used = bytes.length - space;
      int capacity = (int) Math.min(LIMIT, Math.max(bytes.length * 2L, (long) used + count));
      byte[] grown = new byte[capacity];
      System.arraycopy(bytes, space, grown, capacity - used, used);
      bytes = grown;
      view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      space = capacity - used;
    }
  }

  /// Pads so that a value of `size` is aligned after `additional` bytes have been written.
  private void align(int size, int additional) {
    alignment = Math.max(alignment, size);
    int padding = -(position() + additional) & (size - 1);
    reserve(padding + size + additional);
    Arrays.fill(bytes, space - padding, space, (byte) 0);
    space -= padding;
  }

  private void putShort(int value) {
    align(2, 0);
    space -= 2;
    view.putShort(space, (short) value);
  }

  private void putInt(int value) {
    align(4, 0);
    space -= 4;
    view.putInt(space, value);
  }

  private void putReference(int target) {
    align(4, 0); // the distance counts from where the reference will stand
    putInt(position() - target + 4);
  }

  /// Writes a string and returns its position.
  int string(byte[] value) {
    align(4, value.length + 1);
    bytes[--space] = 0;
    return finishBytes(value);
  }

  /// Writes a vector of bytes and returns its position.
  int byteVector(byte[] value) {
    align(4, value.length);
    return finishBytes(value);
  }

  private int finishBytes(byte[] value) {
    space -= value.length;
    System.arraycopy(value, 0, bytes, space, value.length);
    putInt(value.length);
    return position();
  }

  /// Leaves room for a vector of bytes that is handed over in [#writeTo]; at most one.
  int externalByteVector(long length) {
    if (hasExternal) {
      throw new IllegalStateException("a flatbuffer has one external vector at most");
    }
    if (length + position() > LIMIT) {
      throw new ZtocTooLargeException();
    }
    alignment = Math.max(alignment, 4);
    int padding = (int) (-(position() + length) & 3);
    reserve(padding);
    Arrays.fill(bytes, space - padding, space, (byte) 0);
    space -= padding;
    hasExternal = true;
    behind = Math.addExact(position(), (int) length);
    tail = Arrays.copyOfRange(bytes, space, bytes.length);
    bytes = new byte[4096];
    view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    space = bytes.length;
    putInt((int) length);
    return position();
  }

  /// Writes a vector of references, `targets[0]` first, and returns its position.
  int references(int[] targets, int count) {
    align(4, Math.multiplyExact(4, count));
    for (int i = count - 1; i >= 0; i--) {
      putReference(targets[i]);
    }
    putInt(count);
    return position();
  }

  void startTable(int slotCount) {
    slots = new int[slotCount];
    objectStart = position();
  }

  void addByte(int slot, int value, int defaultValue) {
    if (value != defaultValue) {
      align(1, 0);
      bytes[--space] = (byte) value;
      slots[slot] = position();
    }
  }

  void addInt(int slot, int value) {
    if (value != 0) {
      putInt(value);
      slots[slot] = position();
    }
  }

  void addLong(int slot, long value) {
    if (value != 0) {
      align(8, 0);
      space -= 8;
      view.putLong(space, value);
      slots[slot] = position();
    }
  }

  void addReference(int slot, int target) {
    putReference(target);
    slots[slot] = position();
  }

  /// Ends the table; one with the same layout as an earlier one shares its vtable.
  int endTable() {
    putInt(0);
    int object = position();
    int used = slots.length;
    while (used > 0 && slots[used - 1] == 0) {
      used--;
    }
    int[] vtable = new int[used + 2];
    vtable[0] = (used + 2) * 2;
    vtable[1] = object - objectStart;
    for (int i = 0; i < used; i++) {
      vtable[i + 2] = slots[i] == 0 ? 0 : object - slots[i];
    }
    int objectIndex = space;
    int vtablePosition = findVtable(vtable);
    if (vtablePosition < 0) {
      int capacity = bytes.length;
      for (int i = vtable.length - 1; i >= 0; i--) {
        putShort(vtable[i]);
      }
      objectIndex += bytes.length - capacity;
      vtablePosition = position();
      vtables.add(vtable);
      vtablePositions.add(vtablePosition);
    }
    view.putInt(objectIndex, vtablePosition - object);
    return object;
  }

  private int findVtable(int[] wanted) {
    for (int i = vtables.size() - 1; i >= 0; i--) {
      if (Arrays.equals(vtables.get(i), wanted)) {
        return vtablePositions.get(i);
      }
    }
    return -1;
  }

  void finish(int root) {
    align(alignment, 4);
    putReference(root);
  }

  /// The size of the finished buffer.
  long sizeBytes() {
    return position();
  }

  /// The finished buffer, if it has no external vector.
  byte[] toByteArray() {
    return Arrays.copyOfRange(bytes, space, bytes.length);
  }

  /// The bytes of the external vector.
  interface ExternalBytes {
    void writeTo(OutputStream out) throws IOException;
  }

  void writeTo(OutputStream out, ExternalBytes external) throws IOException {
    out.write(bytes, space, bytes.length - space);
    if (hasExternal) {
      external.writeTo(out);
      out.write(tail);
    }
  }

  /// A zTOC cannot be larger than a flatbuffer.
  static final class ZtocTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ZtocTooLargeException() {
      super(
          "The zTOC would exceed 2 GiB, the most a flatbuffer can hold; build it with a larger span"
              + " size");
    }
  }
}
