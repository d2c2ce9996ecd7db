package io.thaw.ztoc;

/// Fills a [Toc], entry by entry in tar order; leaves out PAX records that a filesystem never asks
/// for. Not safe for use by more than one thread.
public final class TocBuilder {
  private final byte[] tupleBytes = new byte[AttributeTuple.BYTES];
  final GrowingArrays.Bytes type = new GrowingArrays.Bytes();
  final GrowingArrays.Ints directory = new GrowingArrays.Ints();
  final GrowingArrays.Longs dataOffset = new GrowingArrays.Longs();
  final GrowingArrays.Longs sizeBytes = new GrowingArrays.Longs();
  final GrowingArrays.Ints link = new GrowingArrays.Ints();
  final GrowingArrays.Ints attributes = new GrowingArrays.Ints();
  final GrowingArrays.Longs mtimeSeconds = new GrowingArrays.Longs();
  final GrowingArrays.Ints mtimeNanos = new GrowingArrays.Ints();
  final GrowingArrays.Ints paxSet = new GrowingArrays.Ints();
  final BytePool.Builder leaves = new BytePool.Builder();
  final BytePool.Builder directories = new BytePool.Builder();
  final BytePool.Builder links = new BytePool.Builder();
  final BytePool.Builder ownerNames = new BytePool.Builder();
  final BytePool.Builder paxSets = new BytePool.Builder();
  final BytePool.Builder attributeTuples = new BytePool.Builder();
  boolean anyNanos;
  boolean anyPaxSet;

  TocBuilder() {}

  /// The number of entries added so far.
  public int count() {
    return directory.count();
  }

  /// Adds a copy of `entry`; its number is the count of entries before it.
  public TocBuilder add(TocEntry entry) {
    addName(entry.name);
    type.add(entry.type.tarFlag());
    dataOffset.add(entry.dataOffset);
    sizeBytes.add(entry.sizeBytes);
    link.add(links.intern(entry.linkName, 0, entry.linkName.length));
    mtimeSeconds.add(entry.mtimeSeconds);
    mtimeNanos.add(entry.mtimeNanos);
    anyNanos |= entry.mtimeNanos != 0;
    addAttributes(entry);
    addPaxSet(entry);
    return this;
  }

  private void addName(byte[] name) {
    int head = name.length;
    if (head > 0) {
      head--; // a directory's own slash belongs to its leaf
      while (head > 0 && name[head - 1] != '/') {
        head--;
      }
    }
    directory.add(directories.intern(name, 0, head));
    leaves.add(name, head, name.length - head);
  }

  private void addAttributes(TocEntry entry) {
    new AttributeTuple(
            entry.mode,
            entry.uid,
            entry.gid,
            ownerNames.intern(entry.userName, 0, entry.userName.length),
            ownerNames.intern(entry.groupName, 0, entry.groupName.length),
            entry.deviceMajor,
            entry.deviceMinor)
        .encode(tupleBytes);
    attributes.add(attributeTuples.intern(tupleBytes, 0, tupleBytes.length));
  }

  private void addPaxSet(TocEntry entry) {
    byte[] encoded = PaxSets.encode(entry.paxRecords);
    paxSet.add(encoded.length == 0 ? 0 : paxSets.intern(encoded, 0, encoded.length) + 1);
    anyPaxSet |= encoded.length != 0;
  }

  /// The table of all entries added.
  public Toc build() {
    return new Toc(new TocColumns(this));
  }
}
