package io.thaw.daemon.ahead;

import io.thaw.daemon.ahead.ElfDynamic.Table;
import io.thaw.daemon.ahead.ElfFile.Sections;
import io.thaw.daemon.ahead.ElfFile.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/// Wishes for what the dynamic linker will read of one library, in its order: headers, the dynamic
/// section, the libraries it needs; symbols and relocations and all that is relocated; the code of
/// the constructors, whose addresses are relocations themselves.
///
/// Runs on a thread of its own, because each step needs bytes that the step before wished for.
final class LibraryAhead implements Runnable {
  /// What is fetched whole: two spans of the usual size.
  private static final long SMALL_BYTES = 8 << 20;

  /// What the linker's tables or a writable segment may have to be fetched unasked.
  private static final long MOST_BYTES = 256 << 20;

  /// Tables that are farther apart are not neighbours.
  private static final long MOST_BETWEEN_BYTES = 16 << 20;

  /// The code of a larger library is fetched as it is called.
  private static final long MOST_CODE_BYTES = 384 << 20;

  /// So many touch a good part of the code; what one or two call is a small part of it.
  private static final int MANY_CONSTRUCTORS = 64;

  private static final int MOST_CONSTRUCTORS = 1 << 14;

  /// The kernel reads so much before and after the page of a fault.
  private static final long AROUND_FAULT_BYTES = 1 << 17;

  private static final int RELOCATION_BYTES = 24;
  private static final int PIECE_BYTES = RELOCATION_BYTES << 15;
  private static final int MOST_SECTION_NAMES_BYTES = 1 << 16;
  private static final int MOST_NAME_BYTES = 256;
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int AMD64 = 62;
  private static final int AARCH64 = 183;

  private final AheadLayer layer;
  private final int node;
  private final long size;
  private final Consumer<String> needs;

  /// @param needs is told the names of the libraries that this one needs
  LibraryAhead(AheadLayer layer, int node, Consumer<String> needs) {
    this.layer = layer;
    this.node = node;
    this.size = layer.tree().sizeBytes(node);
    this.needs = needs;
  }

  /// What is given up goes to readers as usual: guessing has no failures of its own.
  @Override
  public void run() {
    try {
      guess();
    } catch (IOException e) {
      ReadAhead.LOG.debug("no more read-ahead for node {}: {}", node, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void guess() throws IOException, InterruptedException {
    if (size <= SMALL_BYTES) {
      wish(0, size, Rank.HEADS);
    }
    ElfFile elf = ElfFile.parse(load(0, Math.min(size, ElfFile.HEAD_BYTES), Rank.HEADS), size);
    if (elf == null || elf.dynamicBytes() == 0) {
      return;
    }
    ElfDynamic dynamic =
        ElfDynamic.parse(load(elf.dynamicOffset(), elf.dynamicBytes(), Rank.HEADS));
    for (long name : dynamic.needed()) {
      if (name >= 0 && name < dynamic.strings().bytes()) {
        needs.accept(name(elf, dynamic.strings().address() + name));
      }
    }
    if (size > SMALL_BYTES) {
      wishTables(elf, dynamic);
      for (Segment segment : elf.segments()) {
        if (segment.writable() && segment.bytes() <= MOST_BYTES) {
          wish(segment.offset(), segment.bytes(), Rank.RELOCATED);
        }
      }
      List<Long> constructors = constructors(elf, dynamic);
      for (long constructor : constructors) {
        long offset = elf.offsetOf(constructor);
        if (offset >= 0) {
          long from = Math.max(0, offset - AROUND_FAULT_BYTES);
          wish(from, Math.min(size, offset + AROUND_FAULT_BYTES) - from, Rank.CONSTRUCTORS);
        }
      }
      Table code = section(elf, ".text");
      long offset = elf.offsetOf(code.address());
      if (constructors.size() >= MANY_CONSTRUCTORS
          && offset >= 0
          && code.bytes() <= Math.min(MOST_CODE_BYTES, size - offset)) {
        wish(offset, code.bytes(), Rank.CODE);
      }
    }
  }

  /// The linker's tables mostly lie side by side; the lengths of some are told nowhere, and what
  /// lies between two neighbours is one of them.
  private void wishTables(ElfFile elf, ElfDynamic dynamic) {
    List<long[]> places = new ArrayList<>();
    for (Table table : dynamic.tables()) {
      long offset = elf.offsetOf(table.address());
      if (offset >= 0 && table.bytes() <= Math.min(MOST_BYTES, size - offset)) {
        places.add(new long[] {offset, Math.min(size, offset + Math.max(1, table.bytes()))});
      }
    }
    places.sort(Comparator.comparingLong(place -> place[0]));
    for (int i = 0; i < places.size(); i++) {
      long[] place = places.get(i);
      long next = i + 1 < places.size() ? places.get(i + 1)[0] : place[1];
      long end = next - place[1] < MOST_BETWEEN_BYTES ? Math.max(place[1], next) : place[1];
      wish(place[0], end - place[0], Rank.RELOCATED);
    }
  }

  private String name(ElfFile elf, long address) throws IOException, InterruptedException {
    long offset = elf.offsetOf(address);
    if (offset < 0) {
      return "";
    }
    ByteBuffer bytes = load(offset, Math.min(MOST_NAME_BYTES, size - offset), Rank.HEADS);
    int length = 0;
    while (length < bytes.limit() && bytes.get(length) != 0) {
      length++;
    }
    return StandardCharsets.UTF_8.decode(bytes.slice(0, length)).toString();
  }

  /// The addresses in the table of constructors. They are filled in by relocations, whose addends
  /// they are.
  private List<Long> constructors(ElfFile elf, ElfDynamic dynamic)
      throws IOException, InterruptedException {
    // Compilers used the section before the table, and some still do.
    Table table =
        dynamic.constructors().bytes() > 0 ? dynamic.constructors() : section(elf, ".ctors");
    long offset = elf.offsetOf(dynamic.relocations().address());
    int relative = relative(elf.machine());
    List<Long> addresses = new ArrayList<>();
    if (table.bytes() == 0
        || relative == 0
        || offset < 0
        || dynamic.relocations().bytes() > Math.min(MOST_BYTES, size - offset)) {
      return addresses;
    }
    long left = dynamic.relocations().bytes();
    for (; left >= RELOCATION_BYTES && addresses.size() < MOST_CONSTRUCTORS; ) {
      int piece = (int) Math.min(PIECE_BYTES, left - left % RELOCATION_BYTES);
      ByteBuffer entries = load(offset, piece, Rank.RELOCATED).order(ByteOrder.LITTLE_ENDIAN);
      for (int at = 0; at < piece; at += RELOCATION_BYTES) {
        if (entries.getInt(at + 8) == relative && table.holds(entries.getLong(at))) {
          addresses.add(entries.getLong(at + 16));
        }
      }
      offset += piece;
      left -= piece;
    }
    return addresses;
  }

  /// A named section; {@link Table#NONE} if there is none of that name.
  private Table section(ElfFile elf, String name) throws IOException, InterruptedException {
    Sections sections = elf.sections();
    if (sections.count() == 0) {
      return Table.NONE;
    }
    ByteBuffer headers =
        load(sections.offset(), sections.bytes(), Rank.HEADS).order(ByteOrder.LITTLE_ENDIAN);
    int names = sections.names() * Sections.HEADER_BYTES;
    long namesOffset = headers.getLong(names + 24);
    long namesBytes = headers.getLong(names + 32);
    if (namesOffset < 0
        || namesBytes < 0
        || namesBytes > MOST_SECTION_NAMES_BYTES
        || namesBytes > size - namesOffset) {
      return Table.NONE;
    }
    String all =
        new String(load(namesOffset, namesBytes, Rank.HEADS).array(), StandardCharsets.ISO_8859_1);
    for (int at = 0; at < sections.bytes(); at += Sections.HEADER_BYTES) {
      if (all.startsWith(name + "\0", headers.getInt(at))) {
        return Table.of(headers.getLong(at + 16), headers.getLong(at + 32));
      }
    }
    return Table.NONE;
  }

  /// `R_X86_64_RELATIVE`, `R_AARCH64_RELATIVE`; 0 for machines that are not known.
  private static int relative(int machine) {
    return switch (machine) {
      case AMD64 -> 8;
      case AARCH64 -> 1027;
      default -> 0;
    };
  }

  private void wish(long offset, long bytes, int rank) {
    if (bytes > 0) {
      layer.wish(span(offset), span(offset + bytes - 1) + 1, rank);
    }
  }

  private int span(long offset) {
    return layer.spans().spanOf(layer.tree().dataOffset(node) + offset);
  }

  private ByteBuffer load(long offset, long bytes, int rank)
      throws IOException, InterruptedException {
    wish(offset, bytes, rank);
    ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(bytes));
    if (bytes > 0) {
      if (!layer.await(span(offset), span(offset + bytes - 1) + 1, LIMIT)) {
        throw new IOException("bytes at " + offset + " did not come");
      }
      layer.read(node, offset, buffer);
      buffer.flip();
    }
    return buffer;
  }
}
