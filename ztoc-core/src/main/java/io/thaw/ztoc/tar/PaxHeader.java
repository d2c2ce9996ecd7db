package io.thaw.ztoc.tar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/// The body of a PAX extended header: records `"<length> <key>=<value>\n"`.
final class PaxHeader {
  private PaxHeader() {}

  /// Reads all records; a later one replaces an earlier one of the same key.
  ///
  /// @param bodyOffset where the body stands in the tar, for errors
  static SortedMap<byte[], byte[]> parse(byte[] body, int length, long bodyOffset)
      throws MalformedTarException {
    SortedMap<byte[], byte[]> records = new TreeMap<>(Arrays::compareUnsigned);
    int position = 0;
    while (position < length) {
      int space = indexOf(body, position, length, (byte) ' ');
      long recordLength = space < 0 ? -1 : decimal(body, position, space);
      if (recordLength < 5
          || recordLength > length - position
          || position + recordLength <= space + 1) {
        throw new MalformedTarException(bodyOffset + position, "a PAX record has no usable length");
      }
      int end = position + (int) recordLength;
      int equals = indexOf(body, space + 1, end - 1, (byte) '=');
      if (body[end - 1] != '\n' || equals < 0) {
        throw new MalformedTarException(
            bodyOffset + position, "a PAX record of " + recordLength + " bytes is not key=value");
      }
      byte[] key = Arrays.copyOfRange(body, space + 1, equals);
      byte[] value = Arrays.copyOfRange(body, equals + 1, end - 1);
      check(key, value, bodyOffset + position);
      records.put(key, value);
      position = end;
    }
    return records;
  }

  private static void check(byte[] key, byte[] value, long offset) throws MalformedTarException {
    String name = new String(key, StandardCharsets.UTF_8);
    boolean textValue =
        switch (name) {
          case "path", "linkpath", "uname", "gname" -> true;
          default -> false;
        };
    byte[] mustBeText = textValue ? value : key;
    if (key.length == 0 || indexOf(mustBeText, 0, mustBeText.length, (byte) 0) >= 0) {
      throw new MalformedTarException(
          offset, "PAX record \"" + name + "\" has an empty key or a NUL byte");
    }
    if (name.startsWith("GNU.sparse.")) {
      throw new MalformedTarException(
          offset,
          "the entry is a GNU sparse file, which a zTOC cannot describe; store the layer without"
              + " sparse files");
    }
  }

  private static int indexOf(byte[] bytes, int from, int to, byte wanted) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /// A decimal number of at most nine digits, or -1.
  private static long decimal(byte[] bytes, int from, int to) {
    if (to == from || to - from > 9) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
