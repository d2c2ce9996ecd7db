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

  private final FlatReader in;
  private final ZtocLimits limits;
  private final FlatTable table;
  private final FlatTable recordTable;

  TocReader(FlatReader in, ZtocLimits limits) {
    this.in = in;
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
      long dataBytes = row.type == EntryType.REG ? row.sizeBytes : 0;
      earliestData = row.dataOffset + dataBytes + (-dataBytes & (TAR_BLOCK - 1)) + TAR_BLOCK;
      addTo(toc, row);
    }
    return toc.build();
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
    row.name(table.string(ZtocSlots.FileEntry.NAME, limits.maxStringBytes()));
    in.field("type");
    row.type(type(table.string(ZtocSlots.FileEntry.TYPE, MAX_TYPE_BYTES)));
    readData(row, earliestData, uncompressedSize);
    in.field("linkname");
    row.linkName(table.string(ZtocSlots.FileEntry.LINK_NAME, limits.maxStringBytes()));
    in.field("mode");
    row.mode(table.int64(ZtocSlots.FileEntry.MODE));
    in.field("uid");
    int uid = table.int32(ZtocSlots.FileEntry.UID);
    in.field("gid");
    row.owner(uid, table.int32(ZtocSlots.FileEntry.GID));
    in.field("uname");
    byte[] user = table.string(ZtocSlots.FileEntry.USER_NAME, limits.maxStringBytes());
    in.field("gname");
    row.ownerNames(user, table.string(ZtocSlots.FileEntry.GROUP_NAME, limits.maxStringBytes()));
    in.field("mod_time");
    readTime(row);
    in.field("devmajor");
    long major = table.int64(ZtocSlots.FileEntry.DEVICE_MAJOR);
    in.field("devminor");
    row.device(major, table.int64(ZtocSlots.FileEntry.DEVICE_MINOR));
    row.paxRecords(readPaxRecords());
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
      if (bytes > limits.maxStringBytes()) {
        throw in.malformed(
            vector, "the records of one file have more than " + limits.maxStringBytes() + " bytes");
      }
      records.add(new PaxRecord(key, value));
    }
    return records;
  }
}
