package io.thaw.ztoc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Reads values of a flatbuffer that stays in its file: a few pages are held, and every position is
/// checked against the file's size before it is used.
///
/// Knows which field is being read, so that an error can name it. Not safe for use by more than one
/// thread.
final class FlatReader {
  private static final int PAGE_SLOTS = 8;

  private final PositionalFile file;
  private final long size;
  private final int pageBytes;
  private final byte[][] pages = new byte[PAGE_SLOTS][];
  private final long[] pageNumbers = new long[PAGE_SLOTS];
  private final long[] lastUse = new long[PAGE_SLOTS];
  private long uses;
  private String structure = "";
  private int index = -1;
  private String field = "";

  /// @param pageBytes a power of two
  FlatReader(PositionalFile file, long size, int pageBytes) {
    this.file = file;
    this.size = size;
    this.pageBytes = pageBytes;
    Arrays.fill(pageNumbers, -1);
  }

  long sizeBytes() {
    return size;
  }

  /// Names the structure that is read from here on.
  void enter(String structure, int index) {
    this.structure = structure;
    this.index = index;
    this.field = "";
  }

  /// Names the field of the structure that is read from here on.
  void field(String name) {
    this.field = name;
  }

  MalformedZtocException malformed(long offset, String reason) {
    String path = index < 0 ? structure : structure + "[" + index + "]";
    String dot = path.isEmpty() || field.isEmpty() ? "" : ".";
    return new MalformedZtocException(path + dot + field, offset, reason);
  }

  void requireRange(long offset, long length) throws MalformedZtocException {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw malformed(offset, length + " bytes do not lie within the file of " + size + " bytes");
    }
  }

  /// The page of that number. A shared vtable may be far from the tables that use it, so pages are
  /// replaced by age, not by their numbers.
  private byte[] page(long number) throws IOException {
    int oldest = 0;
    for (int slot = 0; slot < PAGE_SLOTS; slot++) {
      byte[] held = pages[slot];
      if (held != null && pageNumbers[slot] == number) {
        lastUse[slot] = ++uses;
        return held;
      }
      if (lastUse[slot] < lastUse[oldest]) {
        oldest = slot;
      }
    }
    return load(number, oldest);
  }

  private byte[] load(long number, int slot) throws IOException {
    byte[] page = pages[slot];
    if (page == null) {
      page = new byte[pageBytes];
      pages[slot] = page;
    }
    pageNumbers[slot] = -1;
    long start = number * pageBytes;
    int wanted = (int) Math.min(pageBytes, size - start);
    int count = file.read(start, ByteBuffer.wrap(page, 0, wanted));
    if (count < wanted) {
      throw malformed(start + count, "the file became shorter while it was read");
    }
    pageNumbers[slot] = number;
    lastUse[slot] = ++uses;
    return page;
  }

  private int byteAt(long offset) throws IOException {
    return page(offset / pageBytes)[(int) (offset & (pageBytes - 1))] & 0xff;
  }

  int uint8(long offset) throws IOException {
    requireRange(offset, 1);
    return byteAt(offset);
  }

  int uint16(long offset) throws IOException {
    requireRange(offset, 2);
    return byteAt(offset) | byteAt(offset + 1) << 8;
  }

  int int32(long offset) throws IOException {
    requireRange(offset, 4);
    int at = (int) (offset & (pageBytes - 1));
    if (at <= pageBytes - 4) {
      byte[] page = page(offset / pageBytes);
      return (page[at] & 0xff)
          | (page[at + 1] & 0xff) << 8
          | (page[at + 2] & 0xff) << 16
          | page[at + 3] << 24;
    }
    return uint16(offset) | uint16(offset + 2) << 16;
  }

  long uint32(long offset) throws IOException {
    return Integer.toUnsignedLong(int32(offset));
  }

  long int64(long offset) throws IOException {
    return uint32(offset) | (long) int32(offset + 4) << 32;
  }

  byte[] bytes(long offset, int length) throws IOException {
    requireRange(offset, length);
    byte[] result = new byte[length];
    int done = 0;
    while (done < length) {
      int at = (int) ((offset + done) & (pageBytes - 1));
      int count = Math.min(length - done, pageBytes - at);
      System.arraycopy(page((offset + done) / pageBytes), at, result, done, count);
      done += count;
    }
    return result;
  }

  /// Follows the reference at `offset`.
  long target(long offset) throws IOException {
    long target = offset + uint32(offset);
    if (target == offset) {
      throw malformed(offset, "a reference points to itself");
    }
    requireRange(target, 4);
    return target;
  }
}
