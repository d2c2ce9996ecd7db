package io.thaw.ztoc.inflate;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/// Decodes block by block, in Java.
final class BlockDecoder implements MemberDecoder {
  static final int LITERAL_BITS = 11;
  static final int DISTANCE_BITS = 9;

  private static final VarHandle LONG = CompressedInput.LONG;
  private static final int LITERAL_MASK = (1 << LITERAL_BITS) - 1;
  private static final int DISTANCE_MASK = (1 << DISTANCE_BITS) - 1;
  private static final byte[] CODE_LENGTH_ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };

  /// The largest multiple of a distance that fits a word.
  private static final byte[] REPEAT_STEP = {0, 8, 8, 6, 8, 5, 6, 7};

  private final CompressedInput in;
  private final OutputWindow out;
  private final HuffmanTable literals = HuffmanTable.forLiteralsAndLengths();
  private final HuffmanTable distances = HuffmanTable.forDistances();
  private final HuffmanTable codeLengths = HuffmanTable.forCodeLengths();
  private final byte[] lengths = new byte[288 + 32 + 138];
  private boolean fixedCodesLoaded;

  BlockDecoder(CompressedInput in, OutputWindow out) {
    this.in = in;
    this.out = out;
  }

  @Override
  public Outcome decode() throws IOException {
    boolean last = in.bits(1) != 0;
    int kind = in.bits(2);
    boolean stopped =
        switch (kind) {
          case 0 -> copyStored();
          case 1 -> {
            loadFixedCodes();
            yield decodeCodes();
          }
          case 2 -> {
            readDynamicCodes();
            yield decodeCodes();
          }
          default -> throw in.malformed("block type 3 does not exist");
        };
    if (stopped) {
      return Outcome.STOPPED;
    }
    return last ? Outcome.LAST_BLOCK : Outcome.MORE_BLOCKS;
  }

  private boolean copyStored() throws IOException {
    in.alignToByte();
    int length = in.nextByte() | in.nextByte() << 8;
    int complement = in.nextByte() | in.nextByte() << 8;
    if ((length ^ complement) != 0xffff) {
      throw in.malformed("stored block has length " + length + " and complement " + complement);
    }
    int remaining = length;
    while (remaining > 0) {
      if (!in.hasMore()) {
        throw in.truncated();
      }
      if (out.position > OutputWindow.SOFT_LIMIT && out.flushAndSlide()) {
        return true;
      }
      int room = out.buffer.length - out.position;
      int count = Math.min(remaining, Math.min(in.limit - in.position, room));
      System.arraycopy(in.buffer, in.position, out.buffer, out.position, count);
      in.position += count;
      out.position += count;
      remaining -= count;
    }
    return false;
  }

  private void loadFixedCodes() {
    if (fixedCodesLoaded) {
      return;
    }
    Arrays.fill(lengths, 0, 144, (byte) 8);
    Arrays.fill(lengths, 144, 256, (byte) 9);
    Arrays.fill(lengths, 256, 280, (byte) 7);
    Arrays.fill(lengths, 280, 288, (byte) 8);
    literals.build(lengths, 0, 288);
    Arrays.fill(lengths, 0, 32, (byte) 5);
    distances.build(lengths, 0, 32);
    fixedCodesLoaded = true;
  }

  private void readDynamicCodes() throws IOException {
    fixedCodesLoaded = false;
    int literalCount = in.bits(5) + 257;
    int distanceCount = in.bits(5) + 1;
    int codeLengthCount = in.bits(4) + 4;
    if (literalCount > 286 || distanceCount > 30) {
      throw in.malformed(
          "block declares " + literalCount + " length and " + distanceCount + " distance codes");
    }
    Arrays.fill(lengths, 0, 19, (byte) 0);
    for (int i = 0; i < codeLengthCount; i++) {
      lengths[CODE_LENGTH_ORDER[i]] = (byte) in.bits(3);
    }
    if (!codeLengths.build(lengths, 0, 19)) {
      throw in.malformed("invalid set of code length codes");
    }
    readCodeLengths(literalCount + distanceCount);
    if (lengths[256] == 0) {
      throw in.malformed("block has no code for its end");
    }
    if (!literals.build(lengths, 0, literalCount)) {
      throw in.malformed("invalid set of literal and length codes");
    }
    if (!distances.build(lengths, literalCount, distanceCount)) {
      throw in.malformed("invalid set of distance codes");
    }
  }

  private void readCodeLengths(int total) throws IOException {
    int[] table = codeLengths.entries;
    int i = 0;
    while (i < total) {
      in.need(14);
      int entry = table[(int) in.bitBuf & 127];
      in.drop(entry & 0xff);
      int symbol = (entry >>> 16) & 0x1f;
      if (symbol < 16) {
        lengths[i++] = (byte) symbol;
        continue;
      }
      if (symbol == 16 && i == 0) {
        throw in.malformed("the first code length repeats one before it");
      }
      byte value = symbol == 16 ? lengths[i - 1] : 0;
      int count =
          switch (symbol) {
            case 16 -> 3 + in.bits(2);
            case 17 -> 3 + in.bits(3);
            default -> 11 + in.bits(7);
          };
      if (i + count > total) {
        throw in.malformed("code lengths repeat beyond their end");
      }
      Arrays.fill(lengths, i, i + count, value);
      i += count;
    }
  }

  /// The hot loop: literals and matches up to the end of the block.
  ///
  /// Input and output state live in locals and are stored back around each call. One turn consumes
  /// at most 15 bytes and writes at most 258 bytes and a word, which the margins of both buffers
  /// allow for, so nothing is checked in between.
  ///
  /// @return true if the output has what was asked for
  private boolean decodeCodes() throws IOException {
    final int[] literalTable = literals.entries;
    final int[] distanceTable = distances.entries;
    final byte[] src = in.buffer;
    final byte[] dst = out.buffer;
    int inPos = in.position;
    int inSoft = in.limit - CompressedInput.MARGIN;
    long bitBuf = in.bitBuf;
    int bitCount = in.bitCount;
    int outPos = out.position;
    int memberStart = out.memberStart;
    while (true) {
      if (((inSoft - inPos) | (OutputWindow.SOFT_LIMIT - outPos)) < 0) {
        store(inPos, bitBuf, bitCount & 63, outPos);
        if (inPos > inSoft) {
          in.refill();
          inPos = in.position;
          inSoft = in.limit - CompressedInput.MARGIN;
          bitBuf = in.bitBuf;
          bitCount = in.bitCount;
        }
        if (outPos > OutputWindow.SOFT_LIMIT) {
          if (out.flushAndSlide()) {
            return true;
          }
          outPos = out.position;
          memberStart = out.memberStart;
        }
      }
      bitBuf |= (long) LONG.get(src, inPos) << bitCount;
      inPos += ((63 - bitCount) >>> 3) & 7;
      bitCount |= 56;

      int entry = literalTable[(int) bitBuf & LITERAL_MASK];
      if (entry < 0) {
        bitBuf >>>= entry;
        bitCount -= entry;
        dst[outPos++] = (byte) (entry >>> 16);
        entry = literalTable[(int) bitBuf & LITERAL_MASK];
        if (entry < 0) {
          bitBuf >>>= entry;
          bitCount -= entry;
          dst[outPos++] = (byte) (entry >>> 16);
          entry = literalTable[(int) bitBuf & LITERAL_MASK];
          if (entry < 0) {
            bitBuf >>>= entry;
            bitCount -= entry;
            dst[outPos++] = (byte) (entry >>> 16);
            continue;
          }
        }
      }
      if ((entry & HuffmanTable.SPECIAL) != 0) {
        if ((entry & HuffmanTable.SUBTABLE) != 0) {
          bitBuf >>>= LITERAL_BITS;
          bitCount -= LITERAL_BITS;
          entry = literalTable[subtableIndex(entry, bitBuf)];
          if (entry < 0) {
            bitBuf >>>= entry;
            bitCount -= entry;
            dst[outPos++] = (byte) (entry >>> 16);
            continue;
          }
        }
        if ((entry & HuffmanTable.SPECIAL) != 0) {
          bitBuf >>>= entry;
          bitCount -= entry;
          store(inPos, bitBuf, bitCount & 63, outPos);
          endOfCodes(entry);
          return false;
        }
      }
      int length = valueOf(entry, bitBuf);
      bitBuf >>>= entry;
      bitCount -= entry;

      if ((bitCount & 63) < 32) {
        bitBuf |= (long) LONG.get(src, inPos) << bitCount;
        inPos += ((63 - bitCount) >>> 3) & 7;
        bitCount |= 56;
      }
      entry = distanceTable[(int) bitBuf & DISTANCE_MASK];
      if ((entry & HuffmanTable.SPECIAL) != 0) {
        if ((entry & HuffmanTable.SUBTABLE) != 0) {
          bitBuf >>>= DISTANCE_BITS;
          bitCount -= DISTANCE_BITS;
          entry = distanceTable[subtableIndex(entry, bitBuf)];
        }
        if ((entry & HuffmanTable.SPECIAL) != 0) {
          store(inPos, bitBuf, bitCount & 63, outPos);
          throw in.malformed("a distance has no code");
        }
      }
      int distance = valueOf(entry, bitBuf);
      bitBuf >>>= entry;
      bitCount -= entry;
      if (distance > outPos - memberStart) {
        store(inPos, bitBuf, bitCount & 63, outPos);
        throw in.malformed("distance " + distance + " reaches before the start of the stream");
      }
      copyMatch(dst, outPos, distance, length);
      outPos += length;
    }
  }

  private void store(int inPos, long bitBuf, int bitCount, int outPos) {
    in.position = inPos;
    in.bitBuf = bitBuf;
    in.bitCount = bitCount;
    out.position = outPos;
  }

  /// Accepts the end of the block and nothing else, and only if the stream really has it.
  private void endOfCodes(int entry) throws IOException {
    if ((entry & HuffmanTable.END_OF_BLOCK) == 0) {
      throw in.malformed("a literal or length has no code");
    }
    if (in.position > in.limit - CompressedInput.MARGIN) {
      in.refill();
    }
  }

  private static int subtableIndex(int entry, long bitBuf) {
    int bits = (entry >>> 8) & 15;
    return (entry >>> 16) + ((int) bitBuf & ((1 << bits) - 1));
  }

  /// Base plus extra bits of a length or distance; the extra bits follow the code.
  private static int valueOf(int entry, long bitBuf) {
    int all = (int) bitBuf & ((1 << entry) - 1);
    return (entry >>> 16) + (all >>> ((entry >>> 8) & 15));
  }

  /// May write up to fifteen bytes behind the match.
  private static void copyMatch(byte[] buffer, int position, int distance, int length) {
    int from = position - distance;
    int to = position;
    int end = position + length;
    if (distance >= 8) {
      LONG.set(buffer, to, (long) LONG.get(buffer, from));
      LONG.set(buffer, to + 8, (long) LONG.get(buffer, from + 8));
      while (to + 16 < end) { // rare: most matches are short
        from += 16;
        to += 16;
        LONG.set(buffer, to, (long) LONG.get(buffer, from));
        LONG.set(buffer, to + 8, (long) LONG.get(buffer, from + 8));
      }
    } else {
      repeat(buffer, from, to, end, distance);
    }
  }

  /// Repeats the last `distance < 8` bytes: a word is filled with copies of them, and as many whole
  /// copies as it has room for are the step from word to word.
  private static void repeat(byte[] buffer, int from, int start, int end, int distance) {
    int bits = 8 * distance;
    long word = (long) LONG.get(buffer, from) & ((1L << bits) - 1);
    word |= word << bits;
    if (distance < 4) {
      word |= word << (2 * bits);
      if (distance == 1) {
        word |= word << 32;
      }
    }
    int step = REPEAT_STEP[distance];
    for (int to = start; to < end; to += step) {
      LONG.set(buffer, to, word);
    }
  }
}
