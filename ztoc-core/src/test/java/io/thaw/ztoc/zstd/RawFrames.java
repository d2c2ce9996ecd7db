package io.thaw.ztoc.zstd;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Writes zstd frames of raw and run-length blocks by hand, so that every field can be set.
public final class RawFrames {
  static final int MAGIC = 0xFD2FB528;
  static final int RAW = 0;
  static final int RLE = 1;
  private static final int BLOCK = 100_000;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public byte[] toByteArray() {
    return out.toByteArray();
  }

  public int size() {
    return out.size();
  }

  /// A frame of raw blocks that does not say how long it is.
  public RawFrames frame(byte[] content) {
    header(0x00, 0x50);
    return blocks(content);
  }

  /// A frame of raw blocks that says so, with a window of all of it.
  public RawFrames sizedFrame(byte[] content) {
    bytes(littleEndian(MAGIC, 4));
    out.write(0xA0);
    bytes(littleEndian(content.length, 4));
    return blocks(content);
  }

  /// A frame that repeats one byte.
  public RawFrames runs(int value, int blocks, int blockBytes) {
    header(0x00, 0x50);
    for (int i = 0; i < blocks; i++) {
      block(i + 1 == blocks, RLE, blockBytes);
      out.write(value);
    }
    return this;
  }

  public RawFrames skippable(int variant, byte[] data) {
    bytes(littleEndian(0x184D2A50 | variant, 4));
    bytes(littleEndian(data.length, 4));
    return bytes(data);
  }

  RawFrames header(int descriptor, int... rest) {
    bytes(littleEndian(MAGIC, 4));
    out.write(descriptor);
    for (int value : rest) {
      out.write(value);
    }
    return this;
  }

  RawFrames block(boolean last, int type, int size) {
    return bytes(littleEndian((last ? 1 : 0) | type << 1 | size << 3, 3));
  }

  private RawFrames blocks(byte[] content) {
    int from = 0;
    do {
      int length = Math.min(BLOCK, content.length - from);
      block(from + length == content.length, RAW, length);
      out.write(content, from, length);
      from += length;
    } while (from < content.length);
    return this;
  }

  RawFrames bytes(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  private static byte[] littleEndian(long value, int count) {
    byte[] all =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return java.util.Arrays.copyOf(all, count);
  }

  /// Decodes what is written here, and refuses everything else. Counts what is done with it.
  public static final class Decoder implements FrameDecoder {
    private static final int[] SIZE_BYTES = {0, 2, 4, 8};

    int resets;
    int closes;
    private final byte[] header = new byte[FrameHeader.MAX_BYTES];
    private int headerRead;
    private int headerBytes;
    private boolean inBlocks;
    private boolean last;
    private int type;
    private int left;

    @Override
    public void reset() {
      resets++;
      begin();
    }

    private void begin() {
      headerRead = 0;
      headerBytes = 5;
      inBlocks = false;
      left = 0;
      last = false;
    }

    @Override
    public boolean decode(ByteBuffer src, ByteBuffer dst) throws BrokenFrameException {
      while (true) {
        if (inBlocks && left == 0 && last) {
          begin();
          return true;
        }
        if (left > 0) {
          if (!dst.hasRemaining() || (type == RAW && !src.hasRemaining())) {
            return false;
          }
          int count = Math.min(left, dst.remaining());
          if (type == RAW) {
            count = Math.min(count, src.remaining());
            dst.put(src.slice(src.position(), count));
            src.position(src.position() + count);
          } else {
            for (int i = 0; i < count; i++) {
              dst.put(header[3]);
            }
          }
          left -= count;
        } else if (!src.hasRemaining()) {
          return false;
        } else {
          header[headerRead++] = src.get();
          take();
        }
      }
    }

    private void take() throws BrokenFrameException {
      if (!inBlocks && headerRead == 5) {
        int descriptor = header[4] & 0xff;
        boolean single = (descriptor & 0x20) != 0;
        int size = SIZE_BYTES[descriptor >>> 6];
        headerBytes = 5 + (single ? Math.max(size, 1) : 1 + size);
      }
      if (!inBlocks && headerRead == headerBytes) {
        inBlocks = true;
        headerRead = 0;
      } else if (inBlocks && headerRead == 3) {
        type = header[0] >>> 1 & 3;
        if (type > RLE) {
          throw new BrokenFrameException("a compressed block");
        }
        if (type == RAW) {
          beginBlock();
        }
      } else if (inBlocks && headerRead == 4) {
        beginBlock();
      }
    }

    private void beginBlock() {
      last = (header[0] & 1) != 0;
      left = ((header[0] & 0xff) | (header[1] & 0xff) << 8 | (header[2] & 0xff) << 16) >>> 3;
      headerRead = 0;
    }

    @Override
    public void close() {
      closes++;
    }
  }
}
