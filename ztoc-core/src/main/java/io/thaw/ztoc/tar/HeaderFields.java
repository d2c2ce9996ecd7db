package io.thaw.ztoc.tar;

import java.util.OptionalLong;

/// Takes the fields of one header block.
final class HeaderFields {
  private HeaderFields() {}

  /// Overwrites all of `entry` but its data offset.
  static void read(HeaderBlock block, long headerOffset, TarEntry entry)
      throws MalformedTarException {
    HeaderBlock.Format format = block.format();
    if (format == HeaderBlock.Format.NONE) {
      throw new MalformedTarException(headerOffset, "the header's checksum does not fit");
    }
    entry.clear();
    entry.typeFlag = block.bytes[156];
    entry.name = block.text(0, 100);
    entry.linkName = block.text(157, 100);
    entry.mode = number(block, 100, 8, "mode", headerOffset);
    entry.uid = number(block, 108, 8, "uid", headerOffset);
    entry.gid = number(block, 116, 8, "gid", headerOffset);
    entry.sizeBytes = number(block, 124, 12, "size", headerOffset);
    entry.mtimeSeconds = number(block, 136, 12, "mtime", headerOffset);
    if (entry.sizeBytes < 0) {
      throw new MalformedTarException(headerOffset, "size is " + entry.sizeBytes);
    }
    if (format == HeaderBlock.Format.V7) {
      return;
    }
    entry.userName = block.text(265, 32);
    entry.groupName = block.text(297, 32);
    entry.deviceMajor = number(block, 329, 8, "devmajor", headerOffset);
    entry.deviceMinor = number(block, 337, 8, "devminor", headerOffset);
    byte[] prefix = prefix(block, format, headerOffset);
    if (prefix.length > 0) {
      entry.name = join(prefix, entry.name);
    }
  }

  private static byte[] prefix(HeaderBlock block, HeaderBlock.Format format, long headerOffset)
      throws MalformedTarException {
    return switch (format) {
      case USTAR -> block.text(345, 155);
      case STAR -> {
        number(block, 476, 12, "atime", headerOffset);
        number(block, 488, 12, "ctime", headerOffset);
        yield block.text(345, 131);
      }
      case GNU -> prefixOfOldGo(block);
      case V7, NONE -> new byte[0];
    };
  }

  /// GNU headers have times where ustar has a prefix. Go before 1.8 wrote a prefix all the same; it
  /// is told from times by not being numbers.
  private static byte[] prefixOfOldGo(HeaderBlock block) {
    boolean times =
        (block.bytes[345] == 0 || block.number(345, 12).isPresent())
            && (block.bytes[357] == 0 || block.number(357, 12).isPresent());
    byte[] prefix = times ? new byte[0] : block.text(345, 155);
    for (byte value : prefix) {
      if (value < 0) {
        return new byte[0];
      }
    }
    return prefix;
  }

  private static byte[] join(byte[] prefix, byte[] name) {
    byte[] joined = new byte[prefix.length + 1 + name.length];
    System.arraycopy(prefix, 0, joined, 0, prefix.length);
    joined[prefix.length] = '/';
    System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
    return joined;
  }

  private static long number(
      HeaderBlock block, int offset, int length, String field, long headerOffset)
      throws MalformedTarException {
    OptionalLong value = block.number(offset, length);
    if (value.isEmpty()) {
      throw new MalformedTarException(
          headerOffset + offset, field + " is not a number of " + length + " bytes");
    }
    return value.getAsLong();
  }
}
