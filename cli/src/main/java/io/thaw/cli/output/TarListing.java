package io.thaw.cli.output;

import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.Toc;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// A layer's entries as `TZ=UTC tar -tv` of GNU tar prints them, to the letter: the column of sizes
/// grows as it goes, and what would disturb a terminal is escaped.
public final class TarListing {
  private static final DateTimeFormatter MINUTES =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int FIRST_WIDTH = 19;

  private final Toc toc;
  private int width = FIRST_WIDTH;

  public TarListing(Toc toc) {
    this.toc = toc;
  }

  /// Prints one entry; entries are printed in order.
  public void print(int entry, PrintWriter out) {
    out.println(line(entry));
  }

  String line(int entry) {
    EntryType type = toc.type(entry);
    String owner =
        name(toc.userName(entry), toc.uid(entry))
            + "/"
            + name(toc.groupName(entry), toc.gid(entry));
    String size =
        type == EntryType.CHAR || type == EntryType.BLOCK
            ? toc.deviceMajor(entry) + "," + toc.deviceMinor(entry)
            : Long.toString(type == EntryType.REG ? toc.sizeBytes(entry) : 0);
    width = Math.max(width, owner.length() + 1 + size.length());
    StringBuilder line = new StringBuilder();
    line.append(mode(type, toc.mode(entry)))
        .append(' ')
        .append(owner)
        .repeat(' ', width - owner.length() - size.length())
        .append(size)
        .append(' ')
        .append(MINUTES.format(Instant.ofEpochSecond(toc.mtimeSeconds(entry))))
        .append(' ')
        .append(escaped(toc.name(entry)));
    switch (type) {
      case SYMLINK -> line.append(" -> ").append(escaped(toc.linkName(entry)));
      case HARDLINK -> line.append(" link to ").append(escaped(toc.linkName(entry)));
      case REG, DIR, CHAR, BLOCK, FIFO -> {}
    }
    return line.toString();
  }

  private static String name(byte[] name, int id) {
    return name.length == 0 ? Integer.toUnsignedString(id) : escaped(name);
  }

  private static String mode(EntryType type, long mode) {
    char[] text = "?rwxrwxrwx".toCharArray();
    text[0] =
        switch (type) {
          case REG -> '-';
          case DIR -> 'd';
          case SYMLINK -> 'l';
          case HARDLINK -> 'h';
          case CHAR -> 'c';
          case BLOCK -> 'b';
          case FIFO -> 'p';
        };
    for (int bit = 0; bit < 9; bit++) {
      if ((mode >> bit & 1) == 0) {
        text[9 - bit] = '-';
      }
    }
    special(text, 3, mode >> 11 & 1, 's', 'S');
    special(text, 6, mode >> 10 & 1, 's', 'S');
    special(text, 9, mode >> 9 & 1, 't', 'T');
    return new String(text);
  }

  private static void special(char[] text, int at, long set, char with, char without) {
    if (set != 0) {
      text[at] = text[at] == 'x' ? with : without;
    }
  }

  /// A name, with backslashes, control characters and bytes that are not UTF-8 escaped as in C.
  static String escaped(byte[] name) {
    StringBuilder text = new StringBuilder(name.length);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(name);
    CharBuffer chars = CharBuffer.allocate(name.length + 1);
    while (true) {
      CoderResult result = decoder.decode(in, chars, true);
      chars.flip();
      chars.chars().forEach(c -> append(text, (char) c));
      chars.clear();
      if (!result.isError()) {
        return text.toString();
      }
      for (int i = 0; i < result.length(); i++) {
        octal(text, in.get() & 0xff);
      }
    }
  }

  private static void append(StringBuilder text, char c) {
    switch (c) {
      case '\\' -> text.append("\\\\");
      case '\n' -> text.append("\\n");
      case '\t' -> text.append("\\t");
      case '\r' -> text.append("\\r");
      case '\f' -> text.append("\\f");
      case '\b' -> text.append("\\b");
      case 0x07 -> text.append("\\a");
      case 0x0b -> text.append("\\v");
      default -> {
        if (Character.isISOControl(c)) {
          for (byte b : String.valueOf(c).getBytes(StandardCharsets.UTF_8)) {
            octal(text, b & 0xff);
          }
        } else {
          text.append(c);
        }
      }
    }
  }

  private static void octal(StringBuilder text, int value) {
    text.append(String.format(Locale.ROOT, "\\%03o", value));
  }
}
