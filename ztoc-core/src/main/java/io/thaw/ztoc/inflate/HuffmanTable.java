package io.thaw.ztoc.inflate;

import java.util.Arrays;

/// A lookup table for one prefix code: a main table indexed by the next bits, and subtables behind
/// it for codes that are longer.
///
/// Entries are ints:
///
/// - literal: sign bit, the byte at bit 16, bits to drop in the low byte and at bit 8
/// - length or distance: base at bit 16, length of the code at bit 8, code and extra bits together
///   in the low byte
/// - special, marked by [#SPECIAL]: a subtable (start at bit 16, its index bits at bit 8), the end
///   of the block, or no code at all
final class HuffmanTable {
  static final int SPECIAL = 0x8000;
  static final int SUBTABLE = 0x4000;
  static final int END_OF_BLOCK = 0x2000;
  private static final int NO_CODE = SPECIAL | 0x1000;
  private static final int MAX_BITS = 15;

  /// Results of symbols, without the length of their codes.
  static final int[] LITERAL_LENGTH_RESULTS = literalLengthResults();

  static final int[] DISTANCE_RESULTS = distanceResults();
  static final int[] CODE_LENGTH_RESULTS = codeLengthResults();

  final int[] entries;
  private final int tableBits;
  private final int[] results;
  private final boolean mayBeIncomplete;
  private final int[] counts = new int[MAX_BITS + 1];
  private final int[] offsets = new int[MAX_BITS + 2];
  private final int[] sorted = new int[288];

  /// @param entryCount enough for the main table and all subtables
  HuffmanTable(int tableBits, int entryCount, int[] results, boolean mayBeIncomplete) {
    this.tableBits = tableBits;
    this.entries = new int[entryCount];
    this.results = results;
    this.mayBeIncomplete = mayBeIncomplete;
  }

  static HuffmanTable forLiteralsAndLengths() {
    return new HuffmanTable(BlockDecoder.LITERAL_BITS, 4096, LITERAL_LENGTH_RESULTS, true);
  }

  static HuffmanTable forDistances() {
    return new HuffmanTable(BlockDecoder.DISTANCE_BITS, 2048, DISTANCE_RESULTS, true);
  }

  static HuffmanTable forCodeLengths() {
    return new HuffmanTable(7, 128, CODE_LENGTH_RESULTS, false);
  }

  /// Builds the table for the code lengths of `symbolCount` symbols.
  ///
  /// @return false if the lengths are no prefix code that zlib accepts
  boolean build(byte[] lengths, int from, int symbolCount) {
    Arrays.fill(counts, 0);
    for (int i = 0; i < symbolCount; i++) {
      counts[lengths[from + i]]++;
    }
    int longest = MAX_BITS;
    while (longest > 0 && counts[longest] == 0) {
      longest--;
    }
    if (longest == 0) {
      Arrays.fill(entries, 0, 1 << tableBits, NO_CODE);
      return mayBeIncomplete;
    }
    int left = 1;
    for (int length = 1; length <= MAX_BITS; length++) {
      left = (left << 1) - counts[length];
      if (left < 0) {
        return false;
      }
    }
    if (left > 0 && (!mayBeIncomplete || longest != 1)) {
      return false;
    }
    sort(lengths, from, symbolCount);
    if (left > 0) {
      fillWithSingleCode();
    } else {
      fill();
    }
    return true;
  }

  private void sort(byte[] lengths, int from, int symbolCount) {
    offsets[1] = 0;
    for (int length = 1; length <= MAX_BITS; length++) {
      offsets[length + 1] = offsets[length] + counts[length];
    }
    for (int symbol = 0; symbol < symbolCount; symbol++) {
      int length = lengths[from + symbol];
      if (length != 0) {
        sorted[offsets[length]++] = symbol;
      }
    }
  }

  private void fillWithSingleCode() {
    int entry = entry(sorted[0], 1);
    for (int i = 0; i < 1 << tableBits; i += 2) {
      entries[i] = entry;
      entries[i + 1] = NO_CODE;
    }
  }

  /// Walks the codes in order of their lengths. `code` is kept bit-reversed, as the stream has it;
  /// the main table doubles by copying itself whenever codes get longer.
  private void fill() {
    int code = 0;
    int length = 1;
    int next = 0;
    while (counts[length] == 0) {
      length++;
    }
    int end = 1 << Math.min(length, tableBits);
    while (length <= tableBits) {
      for (int i = counts[length]; i > 0; i--) {
        entries[code] = entry(sorted[next++], length);
        if (code == end - 1) {
          doubleUp(end, 1 << tableBits);
          return;
        }
        code = successor(code, length);
      }
      int longer = length + 1;
      while (counts[longer] == 0) {
        longer++;
      }
      int newEnd = 1 << Math.min(longer, tableBits);
      doubleUp(end, newEnd);
      end = newEnd;
      length = longer;
    }
    fillSubtables(code, length, next);
  }

  private void doubleUp(int from, int to) {
    for (int end = from; end < to; end <<= 1) {
      System.arraycopy(entries, 0, entries, end, end);
    }
  }

  private void fillSubtables(int firstCode, int firstLength, int firstSymbol) {
    int mask = (1 << tableBits) - 1;
    int code = firstCode;
    int length = firstLength;
    int next = firstSymbol;
    int prefix = -1;
    int start = 0;
    int end = 1 << tableBits;
    int leftOfLength = counts[length];
    while (true) {
      if ((code & mask) != prefix) {
        prefix = code & mask;
        start = end;
        int bits = subtableBits(length, leftOfLength);
        end = start + (1 << bits);
        entries[prefix] = SPECIAL | SUBTABLE | (start << 16) | (bits << 8) | tableBits;
      }
      int entry = entry(sorted[next++], length - tableBits);
      int stride = 1 << (length - tableBits);
      for (int i = start + (code >>> tableBits); i < end; i += stride) {
        entries[i] = entry;
      }
      if (code == (1 << length) - 1) {
        return;
      }
      code = successor(code, length);
      leftOfLength--;
      while (leftOfLength == 0) {
        leftOfLength = counts[++length];
      }
    }
  }

  private int subtableBits(int length, int leftOfLength) {
    int bits = length - tableBits;
    int used = leftOfLength;
    while (used < 1 << bits) {
      bits++;
      used = (used << 1) + counts[tableBits + bits];
    }
    return bits;
  }

  /// The next code of the same length, in reversed bits: add one at the top.
  private static int successor(int code, int length) {
    int bit = Integer.highestOneBit(code ^ ((1 << length) - 1));
    return (code & (bit - 1)) | bit;
  }

  /// Length goes to both of its places at once; where it has no meaning it does no harm.
  private int entry(int symbol, int length) {
    return results[symbol] + length * 0x101;
  }

  private static int[] literalLengthResults() {
    int[] results = new int[288];
    for (int i = 0; i < 256; i++) {
      results[i] = Integer.MIN_VALUE | (i << 16);
    }
    results[256] = SPECIAL | END_OF_BLOCK;
    int base = 3;
    for (int i = 0; i < 28; i++) {
      int extra = i < 8 ? 0 : (i - 4) >> 2;
      results[257 + i] = (base << 16) | extra;
      base += 1 << extra;
    }
    results[285] = 258 << 16;
    results[286] = NO_CODE;
    results[287] = NO_CODE;
    return results;
  }

  private static int[] distanceResults() {
    int[] results = new int[32];
    int base = 1;
    for (int i = 0; i < 30; i++) {
      int extra = i < 4 ? 0 : (i - 2) >> 1;
      results[i] = (base << 16) | extra;
      base += 1 << extra;
    }
    results[30] = NO_CODE;
    results[31] = NO_CODE;
    return results;
  }

  private static int[] codeLengthResults() {
    int[] results = new int[19];
    for (int i = 0; i < 19; i++) {
      results[i] = Integer.MIN_VALUE | (i << 16);
    }
    return results;
  }
}
