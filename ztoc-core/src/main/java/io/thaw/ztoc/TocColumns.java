package io.thaw.ztoc;

/// The arrays of a [Toc]: one element per entry above, one per distinct value below.
final class TocColumns {
  final byte[] type;
  final int[] directory;
  final long[] dataOffset;
  final long[] sizeBytes;
  final int[] link;
  final int[] attributes;
  final long[] mtimeSeconds;

  /// Empty if all are zero.
  final int[] mtimeNanos;

  /// Number of the set plus one, 0 for none; empty if no entry has a set.
  final int[] paxSet;

  /// One per entry, in order.
  final BytePool leaves;

  final BytePool directories;
  final BytePool links;
  final BytePool ownerNames;
  final BytePool paxSets;
  final long[] modes;
  final int[] uids;
  final int[] gids;
  final int[] userNames;
  final int[] groupNames;
  final long[] deviceMajors;
  final long[] deviceMinors;

  TocColumns(TocBuilder from) {
    type = from.type.toArray();
    directory = from.directory.toArray();
    dataOffset = from.dataOffset.toArray();
    sizeBytes = from.sizeBytes.toArray();
    link = from.link.toArray();
    attributes = from.attributes.toArray();
    mtimeSeconds = from.mtimeSeconds.toArray();
    mtimeNanos = from.anyNanos ? from.mtimeNanos.toArray() : new int[0];
    paxSet = from.anyPaxSet ? from.paxSet.toArray() : new int[0];
    leaves = from.leaves.build();
    directories = from.directories.build();
    links = from.links.build();
    ownerNames = from.ownerNames.build();
    paxSets = from.paxSets.build();
    BytePool tuples = from.attributeTuples.build();
    int tupleCount = tuples.count();
    modes = new long[tupleCount];
    uids = new int[tupleCount];
    gids = new int[tupleCount];
    userNames = new int[tupleCount];
    groupNames = new int[tupleCount];
    deviceMajors = new long[tupleCount];
    deviceMinors = new long[tupleCount];
    for (int i = 0; i < tupleCount; i++) {
      AttributeTuple tuple = AttributeTuple.decode(tuples.get(i));
      modes[i] = tuple.mode();
      uids[i] = tuple.uid();
      gids[i] = tuple.gid();
      userNames[i] = tuple.userName();
      groupNames[i] = tuple.groupName();
      deviceMajors[i] = tuple.deviceMajor();
      deviceMinors[i] = tuple.deviceMinor();
    }
  }

  long heapBytes() {
    return type.length
        + 4L * (directory.length + link.length + attributes.length)
        + 4L * (mtimeNanos.length + paxSet.length)
        + 8L * (dataOffset.length + sizeBytes.length + mtimeSeconds.length)
        + 40L * modes.length
        + leaves.heapBytes()
        + directories.heapBytes()
        + links.heapBytes()
        + ownerNames.heapBytes()
        + paxSets.heapBytes()
        + 16L * 16;
  }
}
