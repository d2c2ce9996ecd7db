package io.thaw.ztoc;

import java.io.IOException;

/// A table of a flatbuffer: moved from one to the next, so that many are read with one object.
final class FlatTable {
  private static final byte[] EMPTY = new byte[0];

  private final FlatReader in;
  private long position;
  private long vtable;
  private int vtableBytes;
  private int tableBytes;

  FlatTable(FlatReader in) {
    this.in = in;
  }

  /// Moves to the table at `offset`, whose layout is checked.
  FlatTable at(long offset) throws IOException {
    position = offset;
    vtable = offset - in.int32(offset);
    in.requireRange(vtable, 4);
    vtableBytes = in.uint16(vtable);
    tableBytes = in.uint16(vtable + 2);
    if (vtableBytes < 4 || (vtableBytes & 1) != 0 || tableBytes < 4) {
      throw in.malformed(
          vtable, "a vtable of " + vtableBytes + " bytes for a table of " + tableBytes + " bytes");
    }
    in.requireRange(vtable, vtableBytes);
    in.requireRange(position, tableBytes);
    return this;
  }

  long position() {
    return position;
  }

  /// The offset of a slot's value, or -1 if it is absent.
  long slot(int slot, int width) throws IOException {
    int entry = 4 + 2 * slot;
    int offset = entry < vtableBytes ? in.uint16(vtable + entry) : 0;
    if (offset == 0) {
      return -1;
    }
    if (offset < 4 || offset + width > tableBytes) {
      throw in.malformed(
          vtable + entry, "a value at " + offset + " of a table of " + tableBytes + " bytes");
    }
    return position + offset;
  }

  /// The offset of what a slot refers to, or -1 if it is absent.
  long reference(int slot) throws IOException {
    long value = slot(slot, 4);
    return value < 0 ? -1 : in.target(value);
  }

  long requiredReference(int slot) throws IOException {
    long target = reference(slot);
    if (target < 0) {
      throw in.malformed(position, "is missing");
    }
    return target;
  }

  int int8(int slot, int absent) throws IOException {
    long value = slot(slot, 1);
    return value < 0 ? absent : (byte) in.uint8(value);
  }

  int int32(int slot) throws IOException {
    long value = slot(slot, 4);
    return value < 0 ? 0 : in.int32(value);
  }

  long int64(int slot) throws IOException {
    long value = slot(slot, 8);
    return value < 0 ? 0 : in.int64(value);
  }

  /// The bytes of a string, none if it is absent.
  byte[] string(int slot, int maxBytes) throws IOException {
    long target = reference(slot);
    return target < 0 ? EMPTY : string(in, target, maxBytes);
  }

  static byte[] string(FlatReader in, long target, int maxBytes) throws IOException {
    long length = in.uint32(target);
    if (length > maxBytes) {
      throw in.malformed(target, "a string of " + length + " bytes, more than " + maxBytes);
    }
    return in.bytes(target + 4, (int) length);
  }

  /// The number of elements of the vector at `target`, all of which lie within the file.
  static int vectorCount(FlatReader in, long target, int elementBytes, int maxCount)
      throws IOException {
    long count = in.uint32(target);
    if (count > maxCount) {
      throw in.malformed(target, count + " elements, more than " + maxCount);
    }
    in.requireRange(target + 4, count * elementBytes);
    return (int) count;
  }
}
