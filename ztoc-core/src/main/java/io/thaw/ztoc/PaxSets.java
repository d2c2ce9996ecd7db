package io.thaw.ztoc;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// A set of PAX records, without those no filesystem asks for, as one byte string: per record two
/// lengths of four bytes, key, value.
final class PaxSets {
  private static final Set<String> NOT_FOR_FILESYSTEMS =
      Set.of(
          "path",
          "linkpath",
          "size",
          "uid",
          "gid",
          "uname",
          "gname",
          "mtime",
          "atime",
          "ctime",
          "comment",
          "charset",
          "hdrcharset",
          "LIBARCHIVE.creationtime");
  private static final byte[] EMPTY = new byte[0];

  private PaxSets() {}

  /// Returns an empty array if no record is left.
  static byte[] encode(List<PaxRecord> records) {
    int length = 0;
    for (PaxRecord record : records) {
      if (keeps(record)) {
        length =
            Math.addExact(
                length, 8 + Math.addExact(record.keyBytes().length, record.value().length));
      }
    }
    if (length == 0) {
      return EMPTY;
    }
    ByteBuffer out = ByteBuffer.allocate(length);
    for (PaxRecord record : records) {
      if (keeps(record)) {
        out.putInt(record.keyBytes().length).putInt(record.value().length);
        out.put(record.keyBytes()).put(record.value());
      }
    }
    return out.array();
  }

  private static boolean keeps(PaxRecord record) {
    return !NOT_FOR_FILESYSTEMS.contains(record.key());
  }

  static List<PaxRecord> decode(byte[] encoded) {
    List<PaxRecord> records = new ArrayList<>();
    int position = 0;
    ByteBuffer in = ByteBuffer.wrap(encoded);
    while (position < encoded.length) {
      int keyEnd = position + 8 + in.getInt(position);
      int valueEnd = keyEnd + in.getInt(position + 4);
      records.add(
          new PaxRecord(
              Arrays.copyOfRange(encoded, position + 8, keyEnd),
              Arrays.copyOfRange(encoded, keyEnd, valueEnd)));
      position = valueEnd;
    }
    return List.copyOf(records);
  }
}
