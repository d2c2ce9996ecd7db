package io.thaw.daemon.ahead;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/// A library of 12 MiB with all that the dynamic linker looks at, and nothing else.
final class ElfSample {
  static final int BYTES = 12 << 20;
  static final int CODE = 4 << 20;
  static final int CODE_BYTES = 3 << 20;
  static final int CONSTRUCTOR = 5 << 20;
  static final int DATA = 10 << 20;
  static final int DATA_BYTES = 1 << 16;
  static final int RELOCATIONS = 0x4000;

  /// Addresses are offsets and this.
  static final int BASE = 0x400000;

  private static final int HASH = 0x800;
  private static final int STRINGS = 0x1000;
  private static final int SYMBOLS = 0x2000;
  private static final int DYNAMIC = DATA + 0x1000;
  private static final int SECTIONS = 11 << 20;
  private static final int SECTION_NAMES = SECTIONS + 0x1000;

  private final ByteBuffer file = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final int constructors;

  private ElfSample(int constructors) {
    this.constructors = constructors;
  }

  /// Bytes that no compressor makes smaller fill it, so that spans are where they would be in
  /// earnest.
  ///
  /// @param needed a library that it needs
  /// @param old whether its constructors are in a section and not in a table
  static byte[] library(String needed, boolean old) {
    return library(needed, old, 64);
  }

  /// @param constructors how many it has, all of them [#CONSTRUCTOR]
  static byte[] library(String needed, boolean old, int constructors) {
    ElfSample sample = new ElfSample(constructors);
    new Random(1).nextBytes(sample.file.array());
    for (int tables : new int[] {0, DATA, SECTIONS}) {
      Arrays.fill(sample.file.array(), tables, tables + DATA_BYTES, (byte) 0);
    }
    sample.head();
    sample.tables(needed);
    sample.dynamic(old);
    sample.sections();
    return sample.file.array();
  }

  private void head() {
    file.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1);
    file.putShort(16, (short) 3).putShort(18, (short) 62);
    file.putLong(32, 64).putLong(40, SECTIONS);
    file.putShort(54, (short) 56).putShort(56, (short) 4);
    file.putShort(58, (short) 64).putShort(60, (short) 4).putShort(62, (short) 3);
    segment(0, 1, 4, 0, 0x10000);
    segment(1, 1, 5, CODE, CODE_BYTES);
    segment(2, 1, 6, DATA, DATA_BYTES);
    segment(3, 2, 6, DYNAMIC, 0x200);
  }

  private void segment(int number, int type, int flags, long offset, long bytes) {
    int at = 64 + 56 * number;
    file.putInt(at, type).putInt(at + 4, flags).putLong(at + 8, offset);
    file.putLong(at + 16, offset + BASE).putLong(at + 32, bytes);
  }

  private void tables(String needed) {
    file.put(STRINGS + 1, needed.getBytes(StandardCharsets.US_ASCII));
    // Relocations that add the library's address to a number: all but one fill in a constructor.
    relocation(0, DATA + 0x800, CODE + CODE_BYTES - 16);
    for (int i = 1; i <= constructors; i++) {
      relocation(i, DATA + 8L * i, CONSTRUCTOR);
    }
  }

  private void relocation(int number, long slot, long target) {
    int at = RELOCATIONS + 24 * number;
    file.putLong(at, slot + BASE).putLong(at + 8, 8).putLong(at + 16, target + BASE);
  }

  private void dynamic(boolean old) {
    long[][] entries = {
      {1, 1},
      {5, STRINGS + BASE},
      {10, 0x100},
      {6, SYMBOLS + BASE},
      {0x6ffffef5L, HASH + BASE},
      {7, RELOCATIONS + BASE},
      {8, 24L * (1 + constructors)},
      old ? new long[] {12, CODE + BASE} : new long[] {25, DATA + BASE},
      old ? new long[] {13, CODE + BASE} : new long[] {27, 8L + 8L * constructors},
      {0, 0}
    };
    for (int i = 0; i < entries.length; i++) {
      file.putLong(DYNAMIC + 16 * i, entries[i][0]).putLong(DYNAMIC + 16 * i + 8, entries[i][1]);
    }
  }

  private void sections() {
    section(1, 1, CODE, CODE_BYTES);
    section(2, 7, DATA, 8L + 8L * constructors);
    section(3, 14, SECTION_NAMES, 24);
    file.putLong(SECTIONS + 3 * 64 + 16, 0);
    file.put(SECTION_NAMES, "\0.text\0.ctors\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII));
  }

  private void section(int number, int name, long offset, long bytes) {
    int at = SECTIONS + 64 * number;
    file.putInt(at, name).putLong(at + 16, offset + BASE);
    file.putLong(at + 24, offset).putLong(at + 32, bytes);
  }
}
