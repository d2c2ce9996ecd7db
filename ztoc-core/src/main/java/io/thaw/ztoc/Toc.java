package io.thaw.ztoc;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// The list of a layer's tar entries, numbered `0 .. count()-1` in tar order.
///
/// The table is a handful of flat arrays: there is no object per file. Names are split after their
/// last inner slash, so that the directory part is stored once for all its entries; owners, modes
/// and
/// sets of PAX records are stored once for all entries that share them.
///
/// Immutable and safe for use by many threads. Methods that take an entry number throw
/// [IndexOutOfBoundsException] outside `[0, count())`. Byte arrays that are returned are copies;
/// the `copy…` methods allocate nothing.
public final class Toc {
  private final TocColumns columns;

  Toc(TocColumns columns) {
    this.columns = columns;
  }

  /// Starts an empty table; entries get their numbers in the order in which they are added.
  public static TocBuilder builder() {
    return new TocBuilder();
  }

  /// The number of entries.
  public int count() {
    return columns.type.length;
  }

  public EntryType type(int entry) {
    return EntryType.ofKnownTarFlag(columns.type[entry]);
  }

  /// The name as it stands in the tar: not cleaned, need not be UTF-8, directories end in a slash.
  public byte[] name(int entry) {
    byte[] name = new byte[nameLength(entry)];
    copyName(entry, name, 0);
    return name;
  }

  /// The name for people and logs; bytes that are not UTF-8 are replaced.
  public String nameText(int entry) {
    return new String(name(entry), StandardCharsets.UTF_8);
  }

  public int nameLength(int entry) {
    return columns.directories.length(columns.directory[entry]) + columns.leaves.length(entry);
  }

  /// Copies the name to `dst` at `offset` and returns its length.
  public int copyName(int entry, byte[] dst, int offset) {
    int head = columns.directories.copy(columns.directory[entry], dst, offset);
    return head + columns.leaves.copy(entry, dst, offset + head);
  }

  /// The number of the name's directory part. Entries whose names have equal bytes up to their last
  /// inner slash have equal numbers; the numbers are `0 .. directoryCount()-1`.
  public int directoryPart(int entry) {
    return columns.directory[entry];
  }

  public int directoryCount() {
    return columns.directories.count();
  }

  /// The bytes of a directory part, its slash included; empty for names without an inner slash.
  public byte[] directoryName(int directoryPart) {
    return columns.directories.get(directoryPart);
  }

  /// What follows the directory part, including a directory's own trailing slash.
  public byte[] leafName(int entry) {
    return columns.leaves.get(entry);
  }

  public int leafLength(int entry) {
    return columns.leaves.length(entry);
  }

  /// Copies the leaf to `dst` at `offset` and returns its length.
  public int copyLeaf(int entry, byte[] dst, int offset) {
    return columns.leaves.copy(entry, dst, offset);
  }

  /// Where the entry's data starts in the uncompressed tar: right after its header.
  public long dataOffset(int entry) {
    return columns.dataOffset[entry];
  }

  /// The size the tar header gives. Only [EntryType#REG] has that many bytes of data; the headers
  /// of
  /// other types may carry a size without data.
  public long sizeBytes(int entry) {
    return columns.sizeBytes[entry];
  }

  /// Target of a symbolic or hard link as it stands in the tar; empty for other types.
  public byte[] linkName(int entry) {
    return columns.links.get(columns.link[entry]);
  }

  public int linkNameLength(int entry) {
    return columns.links.length(columns.link[entry]);
  }

  /// Copies the link target to `dst` at `offset` and returns its length.
  public int copyLinkName(int entry, byte[] dst, int offset) {
    return columns.links.copy(columns.link[entry], dst, offset);
  }

  /// The mode field of the header; usually permission bits only, without a file type.
  public long mode(int entry) {
    return columns.modes[columns.attributes[entry]];
  }

  /// The owner, an unsigned 32-bit number.
  public int uid(int entry) {
    return columns.uids[columns.attributes[entry]];
  }

  /// The group, an unsigned 32-bit number.
  public int gid(int entry) {
    return columns.gids[columns.attributes[entry]];
  }

  public byte[] userName(int entry) {
    return columns.ownerNames.get(columns.userNames[columns.attributes[entry]]);
  }

  public byte[] groupName(int entry) {
    return columns.ownerNames.get(columns.groupNames[columns.attributes[entry]]);
  }

  public long deviceMajor(int entry) {
    return columns.deviceMajors[columns.attributes[entry]];
  }

  public long deviceMinor(int entry) {
    return columns.deviceMinors[columns.attributes[entry]];
  }

  /// Seconds since 1970 in UTC, may be negative.
  public long mtimeSeconds(int entry) {
    return columns.mtimeSeconds[entry];
  }

  /// Nanoseconds within the second, `0 .. 999_999_999`.
  public int mtimeNanos(int entry) {
    return columns.mtimeNanos.length == 0 ? 0 : columns.mtimeNanos[entry];
  }

  /// The number of the entry's set of PAX records, `0 .. paxSetCount()-1`, or -1 if it has none.
  /// Equal sets have equal numbers.
  ///
  /// Records that only repeat what other accessors answer (path, linkpath, size, uid, gid, uname,
  /// gname, mtime), times other than mtime, and comments are left out of a table read from a zTOC.
  /// Extended attributes stand under `SCHILY.xattr.` and their name.
  public int paxSet(int entry) {
    return columns.paxSet.length == 0 ? -1 : columns.paxSet[entry] - 1;
  }

  public int paxSetCount() {
    return columns.paxSets.count();
  }

  /// The records of a set, in bytewise order of their keys.
  public List<PaxRecord> paxSetRecords(int paxSet) {
    return PaxSets.decode(columns.paxSets.get(paxSet));
  }

  /// The records of the entry's set; see [#paxSet] for what is in it.
  public List<PaxRecord> paxRecords(int entry) {
    int set = paxSet(entry);
    return set < 0 ? List.of() : paxSetRecords(set);
  }

  /// The heap this table holds, in bytes: the sum of its arrays.
  public long heapBytes() {
    return columns.heapBytes();
  }
}
