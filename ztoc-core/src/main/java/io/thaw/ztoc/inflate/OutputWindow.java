package io.thaw.ztoc.inflate;

import java.io.IOException;
import java.util.Arrays;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/// The uncompressed bytes: 32 KiB of history and what the target has not been given yet.
///
/// The history before the start is zeros, so a window can always be cut out.
final class OutputWindow {
  static final int WINDOW = 32768;

  /// What one turn of the decoder may write: three literals, or a match with words that overshoot.
  private static final int SLACK = 3 + 258 + 16;

  private static final int CAPACITY = WINDOW + (192 << 10);

  /// The decoder writes only while `position <= SOFT_LIMIT`.
  static final int SOFT_LIMIT = CAPACITY - SLACK;

  final byte[] buffer = new byte[CAPACITY];
  int position;

  /// Where the current member starts; matches must not reach before it.
  int memberStart;

  private int flushed;
  private long base;
  private long stopAt;
  private long maximum;
  private @Nullable InflateTarget target;
  private @Nullable Checksum checksum;
  private long memberOffset;

  /// Starts with no history at offset 0.
  void startEmpty(InflateTarget target, long maximum) {
    Arrays.fill(buffer, 0, WINDOW, (byte) 0);
    start(target, 0, Long.MAX_VALUE, maximum);
  }

  /// Starts in the middle: the caller has put the history into the first `WINDOW` bytes.
  void start(InflateTarget target, long offset, long stopAt, long maximum) {
    this.target = target;
    this.stopAt = stopAt;
    this.maximum = maximum;
    base = offset - WINDOW;
    position = WINDOW;
    flushed = WINDOW;
    memberStart = 0;
    checksum = null;
  }

  void release() {
    target = null;
  }

  long total() {
    return base + position;
  }

  boolean reachedStop() {
    return total() >= stopAt;
  }

  /// Bytes that are wanted and not there yet.
  long left() {
    return Math.max(0, stopAt - total());
  }

  /// A new member begins; `memberChecksum` follows its bytes, or null if nobody can check it.
  void startMember(@Nullable Checksum memberChecksum) throws IOException {
    flush();
    memberStart = position;
    memberOffset = total();
    checksum = memberChecksum;
  }

  /// Hands over all that is new, and makes room if there is little left.
  ///
  /// @return true if there is no need to go on
  boolean flushAndSlide() throws IOException {
    flush();
    if (position > SOFT_LIMIT - WINDOW) {
      int shift = position - WINDOW;
      System.arraycopy(buffer, shift, buffer, 0, WINDOW);
      base += shift;
      position = WINDOW;
      flushed = WINDOW;
      memberStart = Math.max(memberStart - shift, 0);
    }
    return reachedStop();
  }

  /// Hands over all that is new.
  void flush() throws IOException {
    int length = position - flushed;
    if (length == 0 || target == null) {
      return;
    }
    if (total() > maximum) {
      throw new IOException(
          "The layer inflates to more than "
              + maximum
              + " bytes; raise the bound on uncompressed bytes if that is intended");
    }
    if (checksum != null) {
      checksum.update(buffer, flushed, length);
    }
    long offset = base + flushed;
    int wanted = (int) Math.min(length, Math.max(0, stopAt - offset));
    if (wanted > 0) {
      target.uncompressed(offset, buffer, flushed, wanted);
    }
    flushed = position;
  }

  /// The size of the current member so far, if it began with [#startMember].
  long memberSize() {
    return total() - memberOffset;
  }

  /// The checksum of the current member so far; call [#flush] before.
  @Nullable Checksum checksum() {
    return checksum;
  }
}
