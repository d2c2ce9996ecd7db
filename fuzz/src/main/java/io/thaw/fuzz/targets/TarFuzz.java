package io.thaw.fuzz.targets;

import io.thaw.ztoc.tar.TarEntry;
import io.thaw.ztoc.tar.TarParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;

/// Our tar parser against Commons Compress: where both accept a tar, the same names, sizes, link
/// targets and offsets. And against itself: the same entries however the tar is cut into pieces.
///
/// Input: one byte of choices (bit 0: put right checksums into headers with the magic; the
/// others: the size of pieces), then the tar.
public final class TarFuzz {
  private static final int BLOCK = 512;
  private static final int SIZE = 124;
  private static final int TYPE = 156;
  private static final int MAGIC = 257;
  private static final int PREFIX = 345;
  private static final int MAX_ENTRIES = 10_000;

  private TarFuzz() {}

  /// What both readers say of an entry; names have a character for each byte.
  private record Row(char type, String name, String link, long size, long offset) {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 1) {
      return;
    }
    byte[] tar = Arrays.copyOfRange(data, 1, data.length);
    if ((data[0] & 1) != 0) {
      TarInputs.fixChecksums(tar);
    }
    List<Row> ours = parse(tar, tar.length + 1);
    List<Row> inPieces = parse(tar, 1 + ((data[0] & 0xff) >>> 1));
    Oracle.check(
        Objects.equals(ours, inPieces),
        "the tar differs when it arrives in pieces: " + ours + " and " + inPieces);
    if (ours != null && comparable(tar, ours)) {
      compare(ours, reference(tar));
    }
  }

  private static @Nullable List<Row> parse(byte[] tar, int piece) {
    List<Row> rows = new ArrayList<>();
    TarParser parser = new TarParser(entry -> rows.add(row(entry, rows.size())));
    try {
      for (int at = 0; at < tar.length; at += piece) {
        parser.accept(tar, at, Math.min(piece, tar.length - at));
      }
      parser.finish();
    } catch (IOException e) {
      return null;
    }
    Oracle.check(
        parser.archiveSizeBytes() <= tar.length,
        "the archive ends at " + parser.archiveSizeBytes());
    return rows;
  }

  private static Row row(TarEntry entry, int before) throws IOException {
    if (before >= MAX_ENTRIES) {
      throw new IOException("enough entries");
    }
    return new Row(
        (char) (entry.typeFlag() & 0xff),
        new String(entry.name(), StandardCharsets.ISO_8859_1),
        new String(entry.linkName(), StandardCharsets.ISO_8859_1),
        entry.sizeBytes(),
        entry.dataOffset());
  }

  /// Leaves out what the two read differently on purpose. We follow Go's archive/tar: global
  /// headers do not apply, only files have data, a prefix under another magic than POSIX's has
  /// rules of its own, and a number may stand behind NULs.
  private static boolean comparable(byte[] tar, List<Row> rows) {
    for (Row row : rows) {
      if ((row.type() != '0' && row.size() != 0) || hasUnusedPrefix(tar, row)) {
        return false;
      }
    }
    for (int start = 0; start + BLOCK <= tar.length; start += BLOCK) {
      String magic = new String(tar, start + MAGIC, 6, StandardCharsets.ISO_8859_1);
      boolean header = magic.startsWith("ustar");
      if (header && (tar[start + TYPE] == 'g' || tar[start + SIZE] == 0)) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasUnusedPrefix(byte[] tar, Row row) {
    int header = Math.toIntExact(row.offset()) - BLOCK;
    String magic = new String(tar, header + MAGIC, 6, StandardCharsets.ISO_8859_1);
    return !magic.equals("ustar\0") && tar[header + PREFIX] != 0;
  }

  private static @Nullable List<TarArchiveEntry> reference(byte[] tar) {
    try (TarFile file = new TarFile(tar, "ISO-8859-1")) {
      return file.getEntries();
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  private static void compare(List<Row> ours, @Nullable List<TarArchiveEntry> theirs) {
    if (theirs == null) {
      return;
    }
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      Row row = ours.get(i);
      TarArchiveEntry entry = theirs.get(i);
      String difference = difference(row, entry);
      Oracle.check(difference.isEmpty(), "entry " + i + " (" + row + ") has another " + difference);
    }
    Oracle.check(
        ours.size() == theirs.size(), ours.size() + " entries instead of " + theirs.size());
  }

  private static String difference(Row row, TarArchiveEntry entry) {
    if (row.offset() != entry.getDataOffset()) {
      return "offset: " + entry.getDataOffset();
    }
    if (row.size() != entry.getSize()) {
      return "size: " + entry.getSize();
    }
    if (!sameText(row.name(), entry.getName())) {
      return "name: " + entry.getName();
    }
    boolean link = row.type() == '1' || row.type() == '2';
    return link && !sameText(row.link(), entry.getLinkName()) ? "link: " + entry.getLinkName() : "";
  }

  /// Header fields were decoded byte by byte, PAX records as UTF-8; directories got a slash.
  private static boolean sameText(String ours, String theirs) {
    String decoded = new String(ours.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    return Stream.of(ours, ours + "/", decoded, decoded + "/").anyMatch(theirs::equals);
  }
}
