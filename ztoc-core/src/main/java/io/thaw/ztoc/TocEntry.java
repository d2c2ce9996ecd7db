package io.thaw.ztoc;

import io.thaw.ztoc.tar.TarEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One row on its way into a [Toc]: mutable, and meant to be reused for the next row.
///
/// A `Toc` keeps no object per file, so this type exists only while a table is filled.
public final class TocEntry {
  private static final byte[] EMPTY = new byte[0];

  byte[] name = EMPTY;
  EntryType type = EntryType.REG;
  long dataOffset;
  long sizeBytes;
  byte[] linkName = EMPTY;
  long mode;
  int uid;
  int gid;
  byte[] userName = EMPTY;
  byte[] groupName = EMPTY;
  long mtimeSeconds;
  int mtimeNanos;
  long deviceMajor;
  long deviceMinor;
  List<PaxRecord> paxRecords = List.of();

  /// Becomes what a tar's headers say of an entry.
  ///
  /// @throws IllegalStateException if the type is none of those the tar parser hands on
  public TocEntry set(TarEntry entry) {
    EntryType known = EntryType.ofTarFlag(entry.typeFlag());
    if (known == null) {
      throw new IllegalStateException("the tar parser let type " + entry.typeFlag() + " through");
    }
    List<PaxRecord> records = new ArrayList<>(entry.paxRecords().size());
    for (Map.Entry<byte[], byte[]> record : entry.paxRecords().entrySet()) {
      records.add(new PaxRecord(record.getKey(), record.getValue()));
    }
    return name(entry.name())
        .type(known)
        .dataOffset(entry.dataOffset())
        .sizeBytes(entry.sizeBytes())
        .linkName(entry.linkName())
        .mode(entry.mode())
        .owner((int) entry.uid(), (int) entry.gid())
        .ownerNames(entry.userName(), entry.groupName())
        .mtime(entry.mtimeSeconds(), entry.mtimeNanos())
        .device(entry.deviceMajor(), entry.deviceMinor())
        .paxRecords(records);
  }

  /// The name as the tar has it; not cleaned, need not be UTF-8.
  public TocEntry name(byte[] value) {
    name = value;
    return this;
  }

  /// The name as the tar has it.
  public byte[] name() {
    return name;
  }

  public TocEntry name(String value) {
    return name(value.getBytes(StandardCharsets.UTF_8));
  }

  public TocEntry type(EntryType value) {
    type = value;
    return this;
  }

  /// Whether it is a regular file, the only kind with data.
  public boolean isRegular() {
    return type == EntryType.REG;
  }

  /// Where the data starts in the uncompressed tar.
  public TocEntry dataOffset(long value) {
    dataOffset = value;
    return this;
  }

  public TocEntry sizeBytes(long value) {
    sizeBytes = value;
    return this;
  }

  public TocEntry linkName(byte[] value) {
    linkName = value;
    return this;
  }

  public TocEntry linkName(String value) {
    return linkName(value.getBytes(StandardCharsets.UTF_8));
  }

  public TocEntry mode(long value) {
    mode = value;
    return this;
  }

  /// Sets the numeric owner and group.
  ///
  /// @param uid unsigned 32 bits
  /// @param gid unsigned 32 bits
  public TocEntry owner(int uid, int gid) {
    this.uid = uid;
    this.gid = gid;
    return this;
  }

  public TocEntry ownerNames(byte[] user, byte[] group) {
    userName = user;
    groupName = group;
    return this;
  }

  public TocEntry mtime(long seconds, int nanos) {
    mtimeSeconds = seconds;
    mtimeNanos = nanos;
    return this;
  }

  public TocEntry device(long major, long minor) {
    deviceMajor = major;
    deviceMinor = minor;
    return this;
  }

  /// The PAX records, sorted by key, bytewise.
  public List<PaxRecord> paxRecords() {
    return paxRecords;
  }

  /// Sorted by key, bytewise.
  public TocEntry paxRecords(List<PaxRecord> value) {
    paxRecords = value;
    return this;
  }
}
