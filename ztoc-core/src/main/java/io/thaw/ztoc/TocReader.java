package io.thaw.ztoc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Reads the file list of a zTOC into flat arrays.
final class TocReader {
  private static final int TAR_BLOCK = 512;
  private static final int MAX_TYPE_BYTES = 16;
  private static final int MAX_TIME_BYTES = 64;

  /// What a PAX record takes in the file beside its key and value, at least: the reference to it.
  private static final int PAX_RECORD_BYTES = 4;

  /// Writers store every string; some may store equal ones once. But strings that lie over each
  /// other let a small file fill any memory, so their sum is held in proportion to the file.
  private static final int MOST_READINGS_OF_A_BYTE = 4;

  private final FlatReader in;
  private final ZtocLimits limits;
  private final FlatTable table;
  private final FlatTable recordTable;
  private long textBytesLeft;

  TocReader(FlatReader in, ZtocLimits limits) {
    this.in = in;
    this.textBytesLeft = MOST_READINGS_OF_A_BYTE * in.sizeBytes();
    this.limits = limits;
    this.table = new FlatTable(in);
    this.recordTable = new FlatTable(in);
  }

  /// Finds the vector of files; the result is its offset, or -1 if the zTOC lists no file.
  static long metadataVector(FlatReader in, long tocTable) throws IOException {
    in.enter("toc", -1);
    in.field("metadata");
    return new FlatTable(in).at(tocTable).reference(0);
  }

  /// Reads all files. They must stand in the order of their data, and within the tar.
  Toc read(long metadataVector, long uncompressedSize) throws IOException {
    TocBuilder toc = Toc.builder();
    if (metadataVector < 0) {
      return toc.build();
    }
    int count = FlatTable.vectorCount(in, metadataVector, 4, limits.maxEntries());
    TocEntry row = new TocEntry();
    long earliestData = TAR_BLOCK;
    for (int entry = 0; entry < count; entry++) {
      in.enter("toc.metadata", entry);
      table.at(in.target(metadataVector + 4 + 4L * entry));
      readRow(row, earliestData, uncompressedSize);
      earliestData = endOfData(row) + TAR_BLOCK;
      if (earliestData < 0) {
        in.field("uncompressed_offset");
        throw in.malformed(table.position(), row.dataOffset + " leaves no room for the tar's end");
      }
      addTo(toc, row);
    }
    return toc.build();
  }

  /// Where the entry's padding ends; negative, also with a block added, if that is beyond all
  /// offsets.
  private static long endOfData(TocEntry row) {
    long dataBytes = row.type == EntryType.REG ? row.sizeBytes : 0;
    long end = row.dataOffset + dataBytes + (-dataBytes & (TAR_BLOCK - 1));
    return end < 0 ? Long.MIN_VALUE : end;
  }

  private void addTo(TocBuilder toc, TocEntry row) throws MalformedZtocException {
    try {
      toc.add(row);
    } catch (ArithmeticException e) {
      MalformedZtocException tooLarge =
          in.malformed(table.position(), "all names together have 2 GiB or more");
      tooLarge.initCause(e);
      throw tooLarge;
    }
  }

  private void readRow(TocEntry row, long earliestData, long uncompressedSize) throws IOException {
    in.field("name");
    row.name(text(ZtocSlots.FileEntry.NAME));
    in.field("type");
    row.type(type(table.string(ZtocSlots.FileEntry.TYPE, MAX_TYPE_BYTES)));
    readData(row, earliestData, uncompressedSize);
    in.field("linkname");
    row.linkName(text(ZtocSlots.FileEntry.LINK_NAME));
    in.field("mode");
    row.mode(table.int64(ZtocSlots.FileEntry.MODE));
    in.field("uid");
    int uid = table.int32(ZtocSlots.FileEntry.UID);
    in.field("gid");
    row.owner(uid, table.int32(ZtocSlots.FileEntry.GID));
    in.field("uname");
    byte[] user = text(ZtocSlots.FileEntry.USER_NAME);
    in.field("gname");
    row.ownerNames(user, text(ZtocSlots.FileEntry.GROUP_NAME));
    in.field("mod_time");
    readTime(row);
    in.field("devmajor");
    long major = table.int64(ZtocSlots.FileEntry.DEVICE_MAJOR);
    in.field("devminor");
    row.device(major, table.int64(ZtocSlots.FileEntry.DEVICE_MINOR));
    row.paxRecords(readPaxRecords());
  }

  private byte[] text(int slot) throws IOException {
    byte[] text = table.string(slot, limits.maxStringBytes());
    spend(text.length);
    return text;
  }

  private void spend(long bytes) throws MalformedZtocException {
    textBytesLeft -= bytes;
    if (textBytesLeft < 0) {
      throw in.malformed(
          table.position(),
          "strings lie over each other: together they have more than "
              + MOST_READINGS_OF_A_BYTE
              + " times the "
              + in.sizeBytes()
              + " bytes of the file");
    }
  }

  private EntryType type(byte[] name) throws MalformedZtocException {
    EntryType type = EntryType.ofWireBytes(name);
    if (type == null) {
      throw in.malformed(
          table.position(),
          "\"" + new String(name, StandardCharsets.UTF_8) + "\" is no type of file");
    }
    return type;
  }

  private void readData(TocEntry row, long earliestData, long uncompressedSize) throws IOException {
    in.field("uncompressed_offset");
    long offset = table.int64(ZtocSlots.FileEntry.OFFSET);
    if (offset < earliestData || offset > uncompressedSize) {
      throw in.malformed(
          table.position(),
          offset + " is not between " + earliestData + " and the tar's end " + uncompressedSize);
    }
    in.field("uncompressed_size");
    long size = table.int64(ZtocSlots.FileEntry.SIZE);
    long room = row.type == EntryType.REG ? uncompressedSize - offset : Long.MAX_VALUE;
    if (size < 0 || size > room) {
      throw in.malformed(table.position(), size + " is negative or reaches beyond the tar's end");
    }
    row.dataOffset(offset).sizeBytes(size);
  }

  private void readTime(TocEntry row) throws IOException {
    byte[] text = table.string(ZtocSlots.FileEntry.MTIME, MAX_TIME_BYTES);
    try {
      Instant time = Rfc3339.parse(text);
      row.mtime(time.getEpochSecond(), time.getNano());
    } catch (DateTimeException e) {
      MalformedZtocException malformed =
          in.malformed(
              table.position(),
              "\"" + new String(text, StandardCharsets.UTF_8) + "\" is no RFC 3339 time");
      malformed.initCause(e);
      throw malformed;
    }
  }

  /// Reads the PAX records of one file from the file again, all of them.
  List<PaxRecord> paxRecordsOf(long metadataVector, int entry) throws IOException {
    in.enter("toc.metadata", entry);
    table.at(in.target(metadataVector + 4 + 4L * entry));
    return readPaxRecords();
  }

  private List<PaxRecord> readPaxRecords() throws IOException {
    in.field("xattrs");
    long vector = table.reference(ZtocSlots.FileEntry.PAX_RECORDS);
    if (vector < 0) {
      return List.of();
    }
    int count = FlatTable.vectorCount(in, vector, 4, limits.maxPaxRecords());
    if (count == 0) {
      return List.of();
    }
    List<PaxRecord> records = new ArrayList<>(count);
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      in.field("xattrs");
      recordTable.at(in.target(vector + 4 + 4L * i));
      in.field("xattrs.key");
      byte[] key = recordTable.string(0, limits.maxStringBytes());
      in.field("xattrs.value");
      byte[] value = recordTable.string(1, limits.maxStringBytes());
      bytes += key.length + value.length;
      spend(PAX_RECORD_BYTES + key.length + value.length);
      if (bytes > limits.maxStringBytes()) {
        throw in.malformed(
            vector, "the records of one file have more than " + limits.maxStringBytes() + " bytes");
      }
      records.add(new PaxRecord(key, value));
    }
    return records;
  }
}
