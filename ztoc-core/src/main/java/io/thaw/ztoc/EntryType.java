package io.thaw.ztoc;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The kind of a TOC entry. The names are those written in a zTOC.
public enum EntryType {
  REG("reg", '0'),
  DIR("dir", '5'),
  SYMLINK("symlink", '2'),
  HARDLINK("hardlink", '1'),
  CHAR("char", '3'),
  BLOCK("block", '4'),
  FIFO("fifo", '6');

  private static final EntryType[] VALUES = values();
  private static final EntryType[] BY_TAR_FLAG = byTarFlag();

  private final String wireName;
  private final char tarFlag;

  EntryType(String wireName, char tarFlag) {
    this.wireName = wireName;
    this.tarFlag = tarFlag;
  }

  /// The name as it stands in a zTOC.
  public String wireName() {
    return wireName;
  }

  byte[] wireBytes() {
    return wireName.getBytes(StandardCharsets.US_ASCII);
  }

  /// The type flag of a tar header, `0` to `6`.
  byte tarFlag() {
    return (byte) tarFlag;
  }

  static @Nullable EntryType ofWireBytes(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    for (EntryType type : VALUES) {
      if (type.wireName.equals(text)) {
        return type;
      }
    }
    return null;
  }

  /// The type of a tar entry by its flag, or null if a zTOC has no name for it.
  static @Nullable EntryType ofTarFlag(byte flag) {
    return flag >= '0' && flag <= '6' ? BY_TAR_FLAG[flag - '0'] : null;
  }

  /// As [#ofTarFlag] for a flag that came from [#tarFlag()].
  static EntryType ofKnownTarFlag(byte flag) {
    return BY_TAR_FLAG[flag - '0'];
  }

  private static EntryType[] byTarFlag() {
    EntryType[] types = new EntryType[7];
    for (EntryType type : VALUES) {
      types[type.tarFlag - '0'] = type;
    }
    return types;
  }
}
