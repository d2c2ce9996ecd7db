package io.thaw.cli.analyze.scan;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// An ELF file's dynamic section. Names are offsets into the string table; -1 stands for none.
record DynamicSection(
    List<Long> needed,
    long soname,
    long rpath,
    long runpath,
    long stringsAddress,
    long stringsBytes) {
  static final DynamicSection NONE = new DynamicSection(List.of(), -1, -1, -1, 0, 0);

  private static final int END = 0;
  private static final int NEEDED = 1;
  private static final int STRINGS = 5;
  private static final int STRINGS_BYTES = 10;
  private static final int SONAME = 14;
  private static final int RPATH = 15;
  private static final int RUNPATH = 29;
  private static final int MAX_NEEDED = 4096;

  DynamicSection {
    needed = List.copyOf(needed);
  }

  static DynamicSection read(ByteBuffer in, int bits) throws MalformedElf {
    List<Long> needed = new ArrayList<>();
    long soname = -1;
    long rpath = -1;
    long runpath = -1;
    long strings = 0;
    long stringsBytes = 0;
    int entryBytes = bits / 4;
    while (in.remaining() >= entryBytes) {
      long tag = bits == 64 ? in.getLong() : in.getInt();
      long value = bits == 64 ? in.getLong() : in.getInt() & 0xffffffffL;
      if (tag == END) {
        break;
      }
      if (tag == NEEDED && needed.size() == MAX_NEEDED) {
        throw new MalformedElf("it needs more than " + MAX_NEEDED + " libraries");
      }
      if (tag == NEEDED) {
        needed.add(value);
      } else if (tag == SONAME) {
        soname = value;
      } else if (tag == RPATH) {
        rpath = value;
      } else if (tag == RUNPATH) {
        runpath = value;
      } else if (tag == STRINGS) {
        strings = value;
      } else if (tag == STRINGS_BYTES) {
        stringsBytes = value;
      }
    }
    return new DynamicSection(needed, soname, rpath, runpath, strings, stringsBytes);
  }
}
