package io.thaw.cli.analyze.scan;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/// Finds what a dynamic loader wants from an ELF file (System V ABI, chapter 5) that streams past.
///
/// Linkers put the string table near the start and the dynamic section near the end; patchelf,
/// which Python wheels go through, moves the strings behind it. So the head of the file is kept,
/// then the dynamic section when it comes by, then the strings if they are still to come. Memory:
/// at most 16 MiB of head, 16 MiB of strings and 1 MiB of dynamic section, reused.
final class ElfStream {
  private static final int MAX_HEAD = 16 << 20;
  private static final int MAX_STRINGS = 16 << 20;
  private static final int MAX_DYNAMIC = 1 << 20;
  private static final int MAX_PROGRAM_HEADERS = 4096;

  private byte[] head = new byte[64 << 10];
  private int headLength;
  private long position;
  private Optional<ElfHeaders> headers = Optional.empty();
  private final Region dynamic = new Region(MAX_DYNAMIC);
  private final Region strings = new Region(MAX_STRINGS);
  private Optional<DynamicSection> section = Optional.empty();
  private String problem = "";

  void begin() {
    headLength = 0;
    position = 0;
    headers = Optional.empty();
    section = Optional.empty();
    dynamic.clear();
    strings.clear();
    problem = "";
  }

  void data(byte[] buffer, int offset, int length) {
    keepHead(buffer, offset, length);
    if (problem.isEmpty()) {
      try {
        advance(buffer, offset, length);
      } catch (MalformedElf e) {
        problem = e.reason;
      }
    }
    position += length;
  }

  Executable.Elf end() {
    ElfHeaders found = headers.orElse(ElfHeaders.NONE);
    DynamicSection libraries = section.orElse(DynamicSection.NONE);
    if (problem.isEmpty()) {
      problem = missing(found);
    }
    ElfStrings names = new ElfStrings(strings.bytes(), strings.filled());
    return new Executable.Elf(
        found.bits(),
        found.machine(),
        found.interpreter(head, headLength),
        names.at(libraries.soname()),
        names.all(libraries.needed()),
        names.at(libraries.rpath()),
        names.at(libraries.runpath()),
        problem.isEmpty() ? Optional.empty() : Optional.of(problem));
  }

  private String missing(ElfHeaders found) {
    if (headers.isEmpty()) {
      return "the file ends within its headers";
    }
    if (found.dynamicBytes() > 0 && section.isEmpty()) {
      return "the file ends before its dynamic section does";
    }
    return section.isPresent() && !strings.isComplete()
        ? "the file ends before its string table does"
        : "";
  }

  private void keepHead(byte[] buffer, int offset, int length) {
    int count = Math.min(length, MAX_HEAD - headLength);
    if (position > headLength || count <= 0) {
      return;
    }
    if (headLength + count > head.length) {
      head = Arrays.copyOf(head, Math.min(MAX_HEAD, Math.max(headLength + count, head.length * 2)));
    }
    System.arraycopy(buffer, offset, head, headLength, count);
    headLength += count;
  }

  private void advance(byte[] buffer, int offset, int length) throws MalformedElf {
    if (headers.isEmpty()) {
      headers = ElfHeaders.read(head, headLength, MAX_PROGRAM_HEADERS);
      if (headers.isEmpty()) {
        if (headLength == MAX_HEAD) {
          throw new MalformedElf("its program headers are not in its first 16 MiB");
        }
        return;
      }
      dynamic.want(headers.get().dynamicOffset(), headers.get().dynamicBytes());
      dynamic.copyFrom(head, headLength);
    }
    dynamic.take(position, buffer, offset, length);
    if (section.isEmpty() && dynamic.isComplete() && dynamic.filled() > 0) {
      ElfHeaders found = headers.get();
      ByteBuffer bytes = ByteBuffer.wrap(dynamic.bytes(), 0, dynamic.filled());
      bytes.order(found.littleEndian() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      section = Optional.of(DynamicSection.read(bytes, found.bits()));
      wantStrings(found, section.get());
    }
    if (section.isPresent()) {
      strings.take(position, buffer, offset, length);
    }
  }

  private void wantStrings(ElfHeaders found, DynamicSection libraries) throws MalformedElf {
    if (libraries.stringsBytes() == 0) {
      return;
    }
    long start = found.fileOffset(libraries.stringsAddress());
    strings.want(start, libraries.stringsBytes());
    strings.copyFrom(head, headLength);
    if (!strings.isComplete() && start + strings.filled() < position) {
      strings.clear();
      throw new MalformedElf("its string table lies too far from its start");
    }
  }

  /// A part of the file that is kept.
  private static final class Region {
    private final int maximum;
    private byte[] bytes = new byte[0];
    private long start;
    private int length;
    private int filled;

    Region(int maximum) {
      this.maximum = maximum;
    }

    void clear() {
      start = 0;
      length = 0;
      filled = 0;
    }

    void want(long newStart, long newLength) throws MalformedElf {
      if (newStart < 0 || newLength < 0 || newLength > maximum) {
        throw new MalformedElf(
            "a table of " + newLength + " bytes at " + newStart + " is out of bounds");
      }
      start = newStart;
      length = (int) newLength;
      filled = 0;
      if (bytes.length < length) {
        bytes = new byte[length];
      }
    }

    /// Takes what of this part lies in the head.
    void copyFrom(byte[] head, int headLength) {
      if (start < headLength) {
        filled = (int) Math.min(length, headLength - start);
        System.arraycopy(head, (int) start, bytes, 0, filled);
      }
    }

    /// Takes what follows in a piece of the file.
    void take(long pieceOffset, byte[] buffer, int offset, int pieceLength) {
      long from = Math.max(start + filled, pieceOffset);
      long to = Math.min(start + length, pieceOffset + pieceLength);
      if (from == start + filled && from < to) {
        int count = (int) (to - from);
        System.arraycopy(buffer, (int) (offset + from - pieceOffset), bytes, filled, count);
        filled += count;
      }
    }

    boolean isComplete() {
      return filled == length;
    }

    byte[] bytes() {
      return bytes;
    }

    int filled() {
      return filled;
    }
  }
}
