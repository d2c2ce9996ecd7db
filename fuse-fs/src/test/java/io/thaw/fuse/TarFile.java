package io.thaw.fuse;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes a ustar archive in memory, with PAX records where asked for.
final class TarFile {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  TarFile dir(String name, int mode) {
    return entry('5', bytes(name + "/"), bytes(""), mode, new byte[0]);
  }

  TarFile file(String name, int mode, byte[] data) {
    return entry('0', bytes(name), bytes(""), mode, data);
  }

  TarFile symlink(String name, String target) {
    return entry('2', bytes(name), bytes(target), 0777, new byte[0]);
  }

  TarFile link(String name, String target) {
    return entry('1', bytes(name), bytes(target), 0644, new byte[0]);
  }

  /// A PAX record of the next entry.
  TarFile pax(String key, byte[] value) {
    byte[] tail = concat(bytes(" " + key + "="), value, bytes("\n"));
    int length = tail.length + 1;
    while (length != tail.length + Integer.toString(length).length()) {
      length = tail.length + Integer.toString(length).length();
    }
    return entry(
        'x', bytes("PaxHeaders/x"), bytes(""), 0644, concat(bytes(Integer.toString(length)), tail));
  }

  TarFile entry(char type, byte[] name, byte[] target, int mode, byte[] data) {
    byte[] header = new byte[BLOCK];
    System.arraycopy(name, 0, header, 0, name.length);
    put(header, 100, "%07o", mode);
    put(header, 108, "%07o", 0);
    put(header, 116, "%07o", 0);
    put(header, 124, "%011o", data.length);
    put(header, 136, "%011o", 1_700_000_000L);
    Arrays.fill(header, 148, 156, (byte) ' ');
    header[156] = (byte) type;
    System.arraycopy(target, 0, header, 157, target.length);
    System.arraycopy(bytes("ustar\00000"), 0, header, 257, 8);
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, "%06o\0", sum);
    out.writeBytes(header);
    out.writeBytes(data);
    out.writeBytes(new byte[(BLOCK - data.length % BLOCK) % BLOCK]);
    return this;
  }

  /// The archive with its end marker.
  byte[] end() {
    out.writeBytes(new byte[2 * BLOCK]);
    return out.toByteArray();
  }

  private static void put(byte[] header, int at, String format, long value) {
    byte[] text = bytes(String.format(format, value));
    System.arraycopy(text, 0, header, at, text.length);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
