package io.thaw.ztoc.tar;

import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// One entry of a tar, all its headers merged. Reused for the next entry after the listener
/// returns; the arrays it hands out are not.
public final class TarEntry {
  private static final byte[] EMPTY = new byte[0];
  private static final SortedMap<byte[], byte[]> NO_RECORDS =
      Collections.unmodifiableSortedMap(new TreeMap<>(Arrays::compareUnsigned));

  byte[] name = EMPTY;
  byte typeFlag;
  long dataOffset;
  long sizeBytes;
  byte[] linkName = EMPTY;
  long mode;
  long uid;
  long gid;
  byte[] userName = EMPTY;
  byte[] groupName = EMPTY;
  long mtimeSeconds;
  int mtimeNanos;
  long deviceMajor;
  long deviceMinor;
  SortedMap<byte[], byte[]> paxRecords = NO_RECORDS;

  TarEntry() {}

  void clear() {
    name = EMPTY;
    linkName = EMPTY;
    userName = EMPTY;
    groupName = EMPTY;
    mtimeNanos = 0;
    deviceMajor = 0;
    deviceMinor = 0;
    paxRecords = NO_RECORDS;
  }

  /// The name as the tar has it, not cleaned.
  public byte[] name() {
    return name;
  }

  /// `0` file, `1` hard link, `2` symbolic link, `3` character device, `4` block device,
  /// `5` directory, `6` fifo.
  public byte typeFlag() {
    return typeFlag;
  }

  /// Where the data starts in the tar, right behind the header.
  public long dataOffset() {
    return dataOffset;
  }

  /// The size the headers give; only files have that many bytes of data.
  public long sizeBytes() {
    return sizeBytes;
  }

  public byte[] linkName() {
    return linkName;
  }

  public long mode() {
    return mode;
  }

  public long uid() {
    return uid;
  }

  public long gid() {
    return gid;
  }

  public byte[] userName() {
    return userName;
  }

  public byte[] groupName() {
    return groupName;
  }

  public long mtimeSeconds() {
    return mtimeSeconds;
  }

  public int mtimeNanos() {
    return mtimeNanos;
  }

  public long deviceMajor() {
    return deviceMajor;
  }

  public long deviceMinor() {
    return deviceMinor;
  }

  /// All PAX records of the entry in bytewise order of their keys; global ones are not among them.
  public SortedMap<byte[], byte[]> paxRecords() {
    return paxRecords;
  }
}
