package io.thaw.daemon.ahead;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The dynamic section of an ELF file: where the tables lie that the dynamic linker reads.
///
/// Formats: System V Application Binary Interface, chapter 5; `DT_GNU_HASH` and the version tables
/// are GNU's.
///
/// @param needed offsets in the string table of the names of the libraries it needs
/// @param tables the addresses and lengths of the tables; the length is 0 where the section does
/// not tell it
/// @param relocations the table `DT_RELA`
/// @param constructors the table `DT_INIT_ARRAY`
/// @param strings the string table
record ElfDynamic(
    List<Long> needed, List<Table> tables, Table relocations, Table constructors, Table strings) {
  private static final int ENTRY_BYTES = 16;
  private static final int MOST_NEEDED = 256;

  /// @param address where it is mapped
  /// @param bytes its length, not negative
  record Table(long address, long bytes) {
    static final Table NONE = new Table(0, 0);

    static Table of(long address, long bytes) {
      return new Table(address, Math.max(0, bytes));
    }

    boolean holds(long wanted) {
      return wanted >= address && wanted - address < bytes;
    }
  }

  /// Reads the section; what it does not know it leaves out.
  static ElfDynamic parse(ByteBuffer section) {
    ByteBuffer in = section.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    List<Long> needed = new ArrayList<>();
    long[] known = new long[64];
    long gnuHash = 0;
    long versions = 0;
    for (int at = 0; at + ENTRY_BYTES <= in.limit(); at += ENTRY_BYTES) {
      long tag = in.getLong(at);
      long value = in.getLong(at + 8);
      if (tag == Tag.END) {
        break;
      } else if (tag == Tag.NEEDED) {
        if (needed.size() < MOST_NEEDED) {
          needed.add(value);
        }
      } else if (tag == Tag.GNU_HASH) {
        gnuHash = value;
      } else if (tag == Tag.VERSYM) {
        versions = value;
      } else if (tag > 0 && tag < known.length) {
        known[(int) tag] = value;
      }
    }
    Table relocations = Table.of(known[Tag.RELA], known[Tag.RELA_BYTES]);
    Table strings = Table.of(known[Tag.STRINGS], known[Tag.STRING_BYTES]);
    List<Table> tables = new ArrayList<>();
    tables.add(new Table(gnuHash, 0));
    tables.add(new Table(known[Tag.HASH], 0));
    tables.add(new Table(known[Tag.SYMBOLS], 0));
    tables.add(new Table(versions, 0));
    tables.add(strings);
    tables.add(relocations);
    tables.add(Table.of(known[Tag.RELR], known[Tag.RELR_BYTES]));
    tables.add(Table.of(known[Tag.JUMPS], known[Tag.JUMP_BYTES]));
    tables.removeIf(table -> table.address == 0);
    return new ElfDynamic(
        List.copyOf(needed),
        List.copyOf(tables),
        relocations,
        Table.of(known[Tag.CONSTRUCTORS], known[Tag.CONSTRUCTOR_BYTES]),
        strings);
  }

  /// `d_tag`.
  private static final class Tag {
    static final long END = 0;
    static final long NEEDED = 1;
    static final int HASH = 4;
    static final int STRINGS = 5;
    static final int SYMBOLS = 6;
    static final int RELA = 7;
    static final int RELA_BYTES = 8;
    static final int STRING_BYTES = 10;
    static final int JUMP_BYTES = 2;
    static final int JUMPS = 23;
    static final int CONSTRUCTORS = 25;
    static final int CONSTRUCTOR_BYTES = 27;
    static final int RELR_BYTES = 35;
    static final int RELR = 36;
    static final long GNU_HASH = 0x6ffffef5L;
    static final long VERSYM = 0x6ffffff0L;

    private Tag() {}
  }
}
