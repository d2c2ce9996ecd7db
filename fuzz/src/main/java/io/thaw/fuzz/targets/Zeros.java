package io.thaw.fuzz.targets;

import java.io.ByteArrayOutputStream;

/// Packs long runs of zeros, of which windows are full: an input of a few hundred bytes then
/// stands for a zTOC of a hundred thousand, and the fuzzer spends its changes on bytes that
/// matter.
///
/// A run is `ZRUN` and two bytes for its length, little-endian.
final class Zeros {
  private static final byte[] MARK = {'Z', 'R', 'U', 'N'};
  private static final int WORTH_PACKING = 16;
  private static final int MAX_RUN = 0xffff;
  private static final int MAX_UNPACKED = 1 << 20;

  private Zeros() {}

  static byte[] pack(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    while (at < plain.length) {
      int run = 0;
      while (at + run < plain.length && run < MAX_RUN && plain[at + run] == 0) {
        run++;
      }
      if (run >= WORTH_PACKING) {
        out.writeBytes(MARK);
        out.write(run);
        out.write(run >>> 8);
        at += run;
      } else {
        out.write(plain[at++]);
      }
    }
    return out.toByteArray();
  }

  /// Never longer than 1 MiB and what `packed` has beside its runs.
  static byte[] unpack(byte[] packed) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; at < packed.length; ) {
      if (isMark(packed, at)) {
        int run = (packed[at + 4] & 0xff) | (packed[at + 5] & 0xff) << 8;
        out.writeBytes(new byte[Math.max(0, Math.min(run, MAX_UNPACKED - out.size()))]);
        at += MARK.length + 2;
      } else {
        out.write(packed[at++]);
      }
    }
    return out.toByteArray();
  }

  private static boolean isMark(byte[] packed, int at) {
    return at + MARK.length + 2 <= packed.length
        && packed[at] == MARK[0]
        && packed[at + 1] == MARK[1]
        && packed[at + 2] == MARK[2]
        && packed[at + 3] == MARK[3];
  }
}
