package io.thaw.ztoc;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The kind of a TOC entry. The names are those written in a zTOC.
public enum EntryType {
  REG("reg"),
  DIR("dir"),
  SYMLINK("symlink"),
  HARDLINK("hardlink"),
  CHAR("char"),
  BLOCK("block"),
  FIFO("fifo");

  private static final EntryType[] VALUES = values();

  private final String wireName;
  private final byte[] wireBytes;

  EntryType(String wireName) {
    this.wireName = wireName;
    this.wireBytes = wireName.getBytes(StandardCharsets.US_ASCII);
  }

  /// The name as it stands in a zTOC.
  public String wireName() {
    return wireName;
  }

  byte[] wireBytes() {
    return wireBytes;
  }

  static EntryType ofOrdinal(int ordinal) {
    return VALUES[ordinal];
  }

  static @Nullable EntryType ofWireBytes(byte[] bytes) {
    for (EntryType type : VALUES) {
      if (Arrays.equals(type.wireBytes, bytes)) {
        return type;
      }
    }
    return null;
  }

  /// The type of a tar entry by its flag, or null if a zTOC has no name for it.
  static @Nullable EntryType ofTarFlag(byte flag) {
    return switch (flag) {
      case '0' -> REG;
      case '1' -> HARDLINK;
      case '2' -> SYMLINK;
      case '3' -> CHAR;
      case '4' -> BLOCK;
      case '5' -> DIR;
      case '6' -> FIFO;
      default -> null;
    };
  }
}
