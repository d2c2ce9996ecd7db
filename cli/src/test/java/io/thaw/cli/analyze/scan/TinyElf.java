package io.thaw.cli.analyze.scan;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// ELF files that hold nothing but what a dynamic loader looks at.
public final class TinyElf {
  private static final int HEADERS = 64 + 3 * 56;
  private static final int AMD64 = 0x3e;

  private TinyElf() {}

  /// A shared library, or a program if `interpreter` is not empty.
  public static byte[] of(String interpreter, String soname, String runpath, String... needed) {
    return make(interpreter, soname, "", runpath, 0, needed);
  }

  /// As [#of] with an RPATH in place of a RUNPATH.
  public static byte[] withRpath(String interpreter, String rpath, String... needed) {
    return make(interpreter, "", rpath, "", 0, needed);
  }

  static byte[] withStringsAtTheEnd(int gap, String needed, String runpath) {
    return make("", "", "", runpath, gap, needed);
  }

  static byte[] withDynamicSection(long bytes) {
    byte[] file = of("", "x", "");
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(64 + 56 + 32, bytes);
    return file;
  }

  private static byte[] make(
      String interpreter, String soname, String rpath, String runpath, int gap, String... needed) {
    ByteArrayOutputStream strings = new ByteArrayOutputStream();
    strings.write(0);
    byte[] section = new byte[16 * (needed.length + 6)];
    ByteBuffer dynamic = little(section);
    for (String name : needed) {
      dynamic.putLong(1).putLong(add(strings, name));
    }
    if (!soname.isEmpty()) {
      dynamic.putLong(14).putLong(add(strings, soname));
    }
    if (!rpath.isEmpty()) {
      dynamic.putLong(15).putLong(add(strings, rpath));
    }
    if (!runpath.isEmpty()) {
      dynamic.putLong(29).putLong(add(strings, runpath));
    }
    byte[] path = (interpreter + "\0").getBytes(StandardCharsets.UTF_8);
    int dynamicAt = HEADERS + path.length;
    int stringsAt = dynamicAt + section.length + gap;
    int end = stringsAt + strings.size();
    dynamic.putLong(5).putLong(0x400000L + stringsAt).putLong(10).putLong(strings.size());

    byte[] bytes = new byte[end];
    ByteBuffer file = little(bytes);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    file.putShort((short) 3).putShort((short) AMD64).putInt(1).putLong(0).putLong(64);
    file.position(54).putShort((short) 56).putShort((short) 3);
    header(file.position(64), 1, 0, 0x400000, end);
    header(file.position(64 + 56), 2, dynamicAt, 0x400000 + dynamicAt, section.length);
    header(
        file.position(64 + 112),
        interpreter.isEmpty() ? 0 : 3,
        HEADERS,
        0x400000 + HEADERS,
        path.length);
    file.position(HEADERS).put(path).put(section);
    file.position(stringsAt).put(strings.toByteArray());
    return bytes;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long add(ByteArrayOutputStream strings, String text) {
    int at = strings.size();
    strings.writeBytes((text + "\0").getBytes(StandardCharsets.UTF_8));
    return at;
  }

  private static void header(ByteBuffer at, int type, long offset, long address, long bytes) {
    at.putInt(type).putInt(4).putLong(offset).putLong(address).putLong(address);
    at.putLong(bytes).putLong(bytes).putLong(1);
  }
}
