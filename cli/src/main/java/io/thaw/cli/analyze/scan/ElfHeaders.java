package io.thaw.cli.analyze.scan;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What an ELF file's header and program headers say (System V ABI, chapters 4 and 5).
///
/// @param bits 32 or 64
/// @param interpreterBytes 0 if the file names no interpreter
/// @param dynamicBytes 0 if the file is not dynamic
record ElfHeaders(
    int bits,
    boolean littleEndian,
    int machine,
    long interpreterOffset,
    long interpreterBytes,
    long dynamicOffset,
    long dynamicBytes,
    List<Segment> segments) {
  static final ElfHeaders NONE = new ElfHeaders(0, true, 0, 0, 0, 0, 0, List.of());

  private static final int LOAD = 1;
  private static final int DYNAMIC = 2;
  private static final int INTERPRETER = 3;
  private static final int MAX_PATH = 4096;
  private static final int HEADER_32 = 52;
  private static final int HEADER_64 = 64;

  ElfHeaders {
    segments = List.copyOf(segments);
  }

  /// A range of the file that is mapped at an address.
  record Segment(long address, long offset, long bytes) {}

  /// Reads the headers, or nothing if they are not complete yet.
  static Optional<ElfHeaders> read(byte[] head, int length, int maxHeaders) throws MalformedElf {
    if (length < HEADER_32) {
      return Optional.empty();
    }
    boolean wide = head[4] == 2;
    if ((!wide && head[4] != 1) || (head[5] != 1 && head[5] != 2)) {
      throw new MalformedElf("its class or byte order is none that ELF knows");
    }
    if (wide && length < HEADER_64) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(head, 0, length);
    in.order(head[5] == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long table = wide ? in.getLong(32) : in.getInt(28) & 0xffffffffL;
    int entryBytes = in.getShort(wide ? 54 : 42) & 0xffff;
    int count = in.getShort(wide ? 56 : 44) & 0xffff;
    if (count > 0 && (entryBytes != (wide ? 56 : 32) || count > maxHeaders || table < 0)) {
      throw new MalformedElf(
          count + " program headers of " + entryBytes + " bytes at " + table + " are not readable");
    }
    if (table + (long) count * entryBytes > length) {
      return Optional.empty();
    }
    return Optional.of(programHeaders(in, wide, (int) table, count, entryBytes));
  }

  private static ElfHeaders programHeaders(
      ByteBuffer in, boolean wide, int table, int count, int entryBytes) {
    List<Segment> segments = new ArrayList<>();
    Segment interpreter = new Segment(0, 0, 0);
    Segment dynamic = new Segment(0, 0, 0);
    for (int i = 0; i < count; i++) {
      int at = table + i * entryBytes;
      Segment segment =
          wide
              ? new Segment(in.getLong(at + 16), in.getLong(at + 8), in.getLong(at + 32))
              : new Segment(word(in, at + 8), word(in, at + 4), word(in, at + 16));
      switch (in.getInt(at)) {
        case LOAD -> segments.add(segment);
        case DYNAMIC -> dynamic = segment;
        case INTERPRETER -> interpreter = segment;
        default -> {}
      }
    }
    return new ElfHeaders(
        wide ? 64 : 32,
        in.order() == ByteOrder.LITTLE_ENDIAN,
        in.getShort(18) & 0xffff,
        interpreter.offset(),
        interpreter.bytes(),
        dynamic.offset(),
        dynamic.bytes(),
        segments);
  }

  private static long word(ByteBuffer in, int at) {
    return in.getInt(at) & 0xffffffffL;
  }

  /// Where in the file an address lies.
  long fileOffset(long address) throws MalformedElf {
    for (Segment segment : segments) {
      long inside = address - segment.address();
      if (inside >= 0 && inside < segment.bytes()) {
        return segment.offset() + inside;
      }
    }
    throw new MalformedElf("address " + Long.toHexString(address) + " is in no segment");
  }

  /// The path of the loader the file names.
  Optional<String> interpreter(byte[] head, int length) {
    if (interpreterBytes <= 1
        || interpreterBytes > MAX_PATH
        || interpreterOffset < 0
        || interpreterOffset > length - interpreterBytes) {
      return Optional.empty();
    }
    int start = (int) interpreterOffset;
    int end = start;
    while (end < start + interpreterBytes && head[end] != 0) {
      end++;
    }
    return Optional.of(new String(head, start, end - start, StandardCharsets.UTF_8));
  }
}
