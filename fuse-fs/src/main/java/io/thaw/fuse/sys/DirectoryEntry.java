package io.thaw.fuse.sys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A name in a directory, as getdents64(2) tells it.
public final class DirectoryEntry {
  public static final int UNKNOWN = 0;
  public static final int DIRECTORY = 4;

  private static final int LENGTH_AT = 16;
  private static final int TYPE_AT = 18;
  private static final int NAME_AT = 19;

  private final byte[] name;
  private final int type;

  private DirectoryEntry(byte[] name, int type) {
    this.name = name;
    this.type = type;
  }

  /// Raw bytes, not a copy.
  public byte[] name() {
    return name;
  }

  /// One of the `DT_` values; {@link #UNKNOWN} where the file system does not tell.
  public int type() {
    return type;
  }

  /// Reads what the kernel wrote, except `.` and `..`.
  static List<DirectoryEntry> parse(MemorySegment dirents) {
    List<DirectoryEntry> entries = new ArrayList<>();
    for (long at = 0; at < dirents.byteSize(); ) {
      int length = Short.toUnsignedInt(dirents.get(JAVA_SHORT_UNALIGNED, at + LENGTH_AT));
      byte[] name = name(dirents, at + NAME_AT);
      if (!isSelfOrParent(name)) {
        entries.add(
            new DirectoryEntry(name, Byte.toUnsignedInt(dirents.get(JAVA_BYTE, at + TYPE_AT))));
      }
      at += length;
    }
    return entries;
  }

  private static byte[] name(MemorySegment dirents, long start) {
    long end = start;
    while (dirents.get(JAVA_BYTE, end) != 0) {
      end++;
    }
    return dirents.asSlice(start, end - start).toArray(JAVA_BYTE);
  }

  private static boolean isSelfOrParent(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }
}
