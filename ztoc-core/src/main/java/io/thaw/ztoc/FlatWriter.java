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
/// It exists because a zTOC can have hundreds of megabytes. What is finished leaves the heap for a
/// [Spill], and one vector, the checkpoints, may be left outside altogether and put in when the
/// buffer is written out. Positions are counted from the end of the buffer, as flatbuffers'
/// builders count them. Call [#close] to drop what was spilled.
final class FlatWriter implements AutoCloseable {
  private static final int LIMIT = Integer.MAX_VALUE - 64;

  /// Bytes that may gather here before they are spilled.
  private static final int MAX_UNSPILLED = 64 << 10;

  private byte[] bytes = new byte[4096];
  private ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

  /// First used index of `bytes`; what is before it is free.
  private int space = bytes.length;

  /// How many bytes of the buffer stand behind `bytes`.
  private int behind;

  /// The pieces that stand behind `bytes`, last piece first; each is in order within itself.
  private final Spill spill;

  private final GrowingArrays.Ints pieceLengths = new GrowingArrays.Ints();

  /// How many pieces stand behind the external vector; -1 without one.
  private int piecesBehindExternal = -1;

  private int alignment = 1;
  private int[] slots = new int[0];
  private int objectStart;
  private final List<int[]> vtables = new ArrayList<>();
  private final List<Integer> vtablePositions = new ArrayList<>();

  /// @param spill empty; belongs to the writer from here on
  FlatWriter(Spill spill) {
    this.spill = spill;
  }

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

  /// Lets finished bytes go if they are many. Must not be called inside a table.
  private void spillIfMany() throws IOException {
    if (bytes.length - space > MAX_UNSPILLED) {
      spillAll();
    }
  }

  private void spillAll() throws IOException {
    int used = bytes.length - space;
    if (used > 0) {
      spill.append(bytes, space, used);
      pieceLengths.add(used);
      behind += used;
      space = bytes.length;
    }
  }

  /// Pads so that a value of `size` is aligned after `additional` bytes have been written.
  private void align(int size, int additional) {
    alignment = Math.max(alignment, size);
    int padding = -(position() + additional) & (size - 1);
    reserve(padding + size);
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
    reserve(value.length + 1);
    bytes[--space] = 0;
    return finishBytes(value);
  }

  /// Writes a vector of bytes and returns its position.
  int byteVector(byte[] value) {
    align(4, value.length);
    reserve(value.length);
    return finishBytes(value);
  }

  private int finishBytes(byte[] value) {
    space -= value.length;
    System.arraycopy(value, 0, bytes, space, value.length);
    putInt(value.length);
    return position();
  }

  /// Leaves room for a vector of bytes that is handed over in [#writeTo]; at most one.
  int externalByteVector(long length) throws IOException {
    if (piecesBehindExternal >= 0) {
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
    spillAll();
    piecesBehindExternal = pieceLengths.count();
    behind = Math.addExact(behind, (int) length);
    putInt((int) length);
    return position();
  }

  /// Starts a vector of references; exactly `count` calls of [#reference] follow, for the vector's
  /// last reference first, and then [#endReferences].
  void startReferences(int count) {
    align(4, Math.multiplyExact(4, count));
  }

  void reference(int target) throws IOException {
    putReference(target);
    spillIfMany();
  }

  /// Ends the vector and returns its position.
  int endReferences(int count) {
    putInt(count);
    return position();
  }

  /// Writes a vector of references, `targets[0]` first, and returns its position.
  int references(int[] targets, int count) throws IOException {
    startReferences(count);
    for (int i = count - 1; i >= 0; i--) {
      reference(targets[i]);
    }
    return endReferences(count);
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
  int endTable() throws IOException {
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
    spillIfMany();
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

  /// The finished buffer, if it is small.
  byte[] toByteArray() {
    if (behind > 0) {
      throw new IllegalStateException("a buffer of " + position() + " bytes is not small");
    }
    return Arrays.copyOfRange(bytes, space, bytes.length);
  }

  /// The bytes of the external vector.
  interface ExternalBytes {
    void writeTo(OutputStream out) throws IOException;
  }

  /// Writes the finished buffer; can be called more than once.
  void writeTo(OutputStream out, ExternalBytes external) throws IOException {
    out.write(bytes, space, bytes.length - space);
    long end = spill.sizeBytes();
    for (int piece = pieceLengths.count(); piece >= 0; piece--) {
      if (piece == piecesBehindExternal) {
        external.writeTo(out);
      }
      if (piece > 0) {
        int length = pieceLengths.get(piece - 1);
        end -= length;
        spill.writeTo(out, end, length);
      }
    }
  }

  @Override
  public void close() throws IOException {
    spill.close();
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
