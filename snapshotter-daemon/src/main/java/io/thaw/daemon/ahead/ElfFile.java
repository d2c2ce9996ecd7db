package io.thaw.daemon.ahead;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The program headers of a 64-bit little-endian ELF file.
///
/// Formats: System V Application Binary Interface, chapters 4 and 5.
///
/// @param segments what `PT_LOAD` maps, in the order of the table
/// @param dynamicOffset where in the file the dynamic section lies
/// @param dynamicBytes its length; 0 if there is none
/// @param sections where in the file the section headers lie
/// @param machine `e_machine`
record ElfFile(
    List<Segment> segments, long dynamicOffset, long dynamicBytes, Sections sections, int machine) {
  /// How much of the file has to be read for {@link #parse}: the header and the most program
  /// headers that are looked at.
  static final int HEAD_BYTES = 64 + 64 * 56;

  private static final int MAGIC = 0x464c457f;
  private static final byte CLASS_64 = 2;
  private static final byte LITTLE_ENDIAN = 1;
  private static final int HEADER_BYTES = 64;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int PF_X = 1;
  private static final int PF_W = 2;
  private static final int MOST_DYNAMIC_BYTES = 1 << 16;

  /// The table of section headers; only tools read it, and so do we where the dynamic section does
  /// not tell enough.
  ///
  /// @param offset in the file
  /// @param count headers
  /// @param names which of them is the section that holds the names
  record Sections(long offset, int count, int names) {
    static final int HEADER_BYTES = 64;

    long bytes() {
      return (long) count * HEADER_BYTES;
    }
  }

  /// A mapped part of the file.
  ///
  /// @param offset in the file
  /// @param address where it is mapped, relative to the file's base
  /// @param bytes its length in the file
  record Segment(long offset, long address, long bytes, boolean writable, boolean executable) {
    boolean holds(long wanted) {
      return wanted >= address && wanted - address < bytes;
    }
  }

  /// Reads the headers.
  ///
  /// @param head the first bytes of the file, {@link #HEAD_BYTES} or all there are
  /// @param fileBytes the file's length
  /// @return null for every other kind of file, and for headers that contradict themselves
  static @Nullable ElfFile parse(ByteBuffer head, long fileBytes) {
    ByteBuffer in = head.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (in.limit() < HEADER_BYTES
        || in.getInt(0) != MAGIC
        || in.get(4) != CLASS_64
        || in.get(5) != LITTLE_ENDIAN
        || Short.toUnsignedInt(in.getShort(54)) != PROGRAM_HEADER_BYTES) {
      return null;
    }
    long table = in.getLong(32);
    int count = Short.toUnsignedInt(in.getShort(56));
    List<Segment> segments = new ArrayList<>();
    long dynamicOffset = 0;
    long dynamicBytes = 0;
    for (int i = 0; i < count; i++) {
      long at = table + (long) i * PROGRAM_HEADER_BYTES;
      if (at < HEADER_BYTES || at > in.limit() - PROGRAM_HEADER_BYTES) {
        break;
      }
      int header = (int) at;
      int type = in.getInt(header);
      long offset = in.getLong(header + 8);
      long bytes = in.getLong(header + 32);
      if (offset < 0 || bytes < 0 || offset > fileBytes || bytes > fileBytes - offset) {
        continue;
      }
      if (type == PT_LOAD) {
        int flags = in.getInt(header + 4);
        segments.add(
            new Segment(
                offset, in.getLong(header + 16), bytes, (flags & PF_W) != 0, (flags & PF_X) != 0));
      } else if (type == PT_DYNAMIC && bytes <= MOST_DYNAMIC_BYTES) {
        dynamicOffset = offset;
        dynamicBytes = bytes;
      }
    }
    return new ElfFile(
        List.copyOf(segments),
        dynamicOffset,
        dynamicBytes,
        sections(in, fileBytes),
        Short.toUnsignedInt(in.getShort(18)));
  }

  private static Sections sections(ByteBuffer in, long fileBytes) {
    Sections sections =
        new Sections(
            in.getLong(40),
            Short.toUnsignedInt(in.getShort(60)),
            Short.toUnsignedInt(in.getShort(62)));
    boolean sound =
        in.getShort(58) == Sections.HEADER_BYTES
            && sections.offset > 0
            && sections.names < sections.count
            && sections.bytes() <= fileBytes - sections.offset;
    return sound ? sections : new Sections(0, 0, 0);
  }

  /// The offset in the file of what is mapped at `address`; -1 if nothing of the file is.
  long offsetOf(long address) {
    for (Segment segment : segments) {
      if (segment.holds(address)) {
        return segment.offset + (address - segment.address);
      }
    }
    return -1;
  }
}
