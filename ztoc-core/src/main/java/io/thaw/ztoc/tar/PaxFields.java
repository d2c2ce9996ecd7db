package io.thaw.ztoc.tar;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;

/// Lets PAX records replace fields of an entry.
final class PaxFields {
  private PaxFields() {}

  /// An empty value leaves the header's field as it is.
  static void merge(SortedMap<byte[], byte[]> records, TarEntry entry, long headerOffset)
      throws MalformedTarException {
    for (Map.Entry<byte[], byte[]> record : records.entrySet()) {
      byte[] value = record.getValue();
      if (value.length == 0) {
        continue;
      }
      String key = new String(record.getKey(), StandardCharsets.UTF_8);
      switch (key) {
        case "path" -> entry.name = value;
        case "linkpath" -> entry.linkName = value;
        case "uname" -> entry.userName = value;
        case "gname" -> entry.groupName = value;
        case "uid" -> entry.uid = integer(key, value, headerOffset);
        case "gid" -> entry.gid = integer(key, value, headerOffset);
        case "size" -> entry.sizeBytes = size(value, headerOffset);
        case "mtime" -> time(key, value, headerOffset, entry);
        case "atime", "ctime" -> time(key, value, headerOffset, new TarEntry());
        default -> {}
      }
    }
    entry.paxRecords = records;
  }

  private static long size(byte[] value, long headerOffset) throws MalformedTarException {
    long size = integer("size", value, headerOffset);
    if (size < 0) {
      throw new MalformedTarException(headerOffset, "PAX size is " + size);
    }
    return size;
  }

  private static long integer(String key, byte[] value, long headerOffset)
      throws MalformedTarException {
    String text = new String(value, StandardCharsets.ISO_8859_1);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw notANumber(key, text, headerOffset);
    }
  }

  /// Seconds with an optional fraction, of which nine digits count.
  private static void time(String key, byte[] value, long headerOffset, TarEntry entry)
      throws MalformedTarException {
    String text = new String(value, StandardCharsets.ISO_8859_1);
    int point = text.indexOf('.');
    String whole = point < 0 ? text : text.substring(0, point);
    String fraction = point < 0 ? "" : text.substring(point + 1);
    if (!fraction.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw notANumber(key, text, headerOffset);
    }
    long seconds;
    try {
      seconds = Long.parseLong(whole);
    } catch (NumberFormatException e) {
      throw notANumber(key, text, headerOffset);
    }
    int nanos = Integer.parseInt((fraction + "000000000").substring(0, 9));
    if (whole.startsWith("-") && nanos != 0) {
      seconds--;
      nanos = 1_000_000_000 - nanos;
    }
    entry.mtimeSeconds = seconds;
    entry.mtimeNanos = nanos;
  }

  private static MalformedTarException notANumber(String key, String text, long headerOffset) {
    String shown = text.length() > 40 ? text.substring(0, 40) + "…" : text;
    return new MalformedTarException(
        headerOffset, "PAX record " + key + " is \"" + shown + "\", not a number");
  }
}
