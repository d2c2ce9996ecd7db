package io.thaw.ztoc.zstd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Takes a frame header apart.
final class FrameHeaderParser {
  private static final int MAGIC = 0xFD2FB528;
  private static final int SKIPPABLE_MAGIC = 0x184D2A50;
  private static final int SKIPPABLE_VARIANTS = 0xF;

  // The formats of zstd 0.1 to 0.7; those of 0.2 and later differ in the lowest byte.
  private static final int MAGIC_0_1 = 0x1EB52FFD;
  private static final int OLDEST_MAGIC = 0xFD2FB522;

  private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};
  private static final int[] CONTENT_SIZE_BYTES = {0, 2, 4, 8};
  private static final int CONTENT_SIZE_BIAS = 256;
  private static final int MIN_WINDOW_LOG = 10;

  private final byte[] bytes;
  private final int start;
  private final int available;
  private final long position;
  private int read;

  FrameHeaderParser(byte[] bytes, int start, int available, long position) {
    this.bytes = bytes;
    this.start = start;
    this.available = available;
    this.position = position;
  }

  static boolean isFrame(byte[] magic) {
    if (magic.length < Integer.BYTES) {
      return false;
    }
    int value = ByteBuffer.wrap(magic).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return value == MAGIC || isSkippable(value) || isLegacy(value);
  }

  private static boolean isSkippable(int magic) {
    return (magic & ~SKIPPABLE_VARIANTS) == SKIPPABLE_MAGIC;
  }

  private static boolean isLegacy(int magic) {
    return magic == MAGIC_0_1 || (magic >= OLDEST_MAGIC && magic < MAGIC);
  }

  FrameHeader parse() throws MalformedZstdException {
    int magic = (int) littleEndian(4);
    if (isSkippable(magic)) {
      long data = littleEndian(4);
      return new FrameHeader.Skippable(read, data);
    }
    if (magic == MAGIC) {
      return content();
    }
    if (isLegacy(magic)) {
      int version = magic == MAGIC_0_1 ? 1 : magic - OLDEST_MAGIC + 2;
      throw malformed("a frame of zstd 0." + version + ", a format given up in 2016");
    }
    throw malformed("0x%08x begins no zstd frame".formatted(magic));
  }

  private FrameHeader.Content content() throws MalformedZstdException {
    int descriptor = (int) littleEndian(1);
    boolean singleSegment = (descriptor & 0x20) != 0;
    if ((descriptor & 0x08) != 0) {
      throw malformed("the reserved bit of the frame header is set");
    }
    long window = singleSegment ? 0 : window((int) littleEndian(1));
    long dictionary = littleEndian(DICTIONARY_ID_BYTES[descriptor & 0x03]);
    if (dictionary != 0) {
      throw malformed(
          "the frame needs dictionary " + dictionary + ", and layers come without dictionaries");
    }
    long content = contentSize(descriptor >>> 6, singleSegment);
    return new FrameHeader.Content(
        read, singleSegment ? content : window, content, (descriptor & 0x04) != 0);
  }

  private static long window(int descriptor) {
    long base = 1L << (MIN_WINDOW_LOG + (descriptor >>> 3));
    return base + base / 8 * (descriptor & 0x07);
  }

  private long contentSize(int flag, boolean singleSegment) throws MalformedZstdException {
    if (flag == 0) {
      return singleSegment ? littleEndian(1) : FrameHeader.UNKNOWN;
    }
    long size = littleEndian(CONTENT_SIZE_BYTES[flag]);
    if (size < 0) {
      throw malformed("a content of " + Long.toUnsignedString(size) + " bytes");
    }
    return flag == 1 ? size + CONTENT_SIZE_BIAS : size;
  }

  private long littleEndian(int count) throws MalformedZstdException {
    if (available - read < count) {
      throw new MalformedZstdException(
          position + available, "the layer ends within the header of a frame");
    }
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (bytes[start + read + i] & 0xffL) << (8 * i);
    }
    read += count;
    return value;
  }

  private MalformedZstdException malformed(String reason) {
    return new MalformedZstdException(position, reason);
  }
}
