package io.thaw.ztoc.inflate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Decodes by ISA-L, always to the end of the member: it does not stop between blocks, so it cannot
/// find checkpoints.
///
/// Its memory (about 400 KiB beside the heap) is freed when the decoder is collected.
final class IsalDecoder implements MemberDecoder {
  private static final int IN_BYTES = 128 << 10;

  /// Beyond what is wanted, so that a member's end behind its last byte is seen.
  private static final int BEYOND = 64;

  private final IsalLibrary library;
  private final CompressedInput in;
  private final OutputWindow out;
  private final MemorySegment state;
  private final MemorySegment source;
  private final MemorySegment decoded;

  IsalDecoder(IsalLibrary library, CompressedInput in, OutputWindow out) {
    this.library = library;
    this.in = in;
    this.out = out;
    Arena arena = Arena.ofAuto();
    state = arena.allocate(IsalLibrary.STATE_BYTES, 16);
    source = arena.allocate(IN_BYTES, 16);
    decoded = arena.allocate(out.buffer.length, 16);
  }

  @Override
  public Outcome decode() throws IOException {
    begin();
    while (true) {
      feed();
      int room = room();
      state.set(ValueLayout.ADDRESS, IsalLibrary.NEXT_OUT, decoded);
      state.set(ValueLayout.JAVA_INT, IsalLibrary.AVAIL_OUT, room);
      int code = library.inflate(state);
      int produced = room - state.get(ValueLayout.JAVA_INT, IsalLibrary.AVAIL_OUT);
      MemorySegment.copy(decoded, ValueLayout.JAVA_BYTE, 0, out.buffer, out.position, produced);
      out.position += produced;
      in.position = in.limit - unread() - (bitsHeld() >>> 3);
      if (code < 0) {
        throw in.malformed(reason(code));
      }
      if (state.get(ValueLayout.JAVA_INT, IsalLibrary.BLOCK_STATE) == IsalLibrary.FINISHED) {
        return Outcome.LAST_BLOCK;
      }
      if (out.position > OutputWindow.SOFT_LIMIT - BEYOND || out.reachedStop()) {
        if (out.flushAndSlide()) {
          return Outcome.STOPPED;
        }
      }
    }
  }

  /// Hands over the bits of a byte that is partly consumed, and the history.
  private void begin() throws IOException {
    in.unreadWholeBytes();
    library.init(state);
    state.set(ValueLayout.JAVA_LONG, IsalLibrary.READ_IN, in.bitBuf);
    state.set(ValueLayout.JAVA_INT, IsalLibrary.READ_IN_BITS, in.bitCount);
    state.set(ValueLayout.JAVA_INT, IsalLibrary.AVAIL_IN, 0);
    in.bitBuf = 0;
    in.bitCount = 0;
    int history = Math.min(OutputWindow.WINDOW, out.position - out.memberStart);
    if (history > 0) {
      MemorySegment.copy(
          out.buffer, out.position - history, decoded, ValueLayout.JAVA_BYTE, 0, history);
      library.setDictionary(state, decoded, history);
    }
    if (in.position < in.limit) {
      give(in.position);
    }
  }

  /// Makes sure that there is something to decode. What ISA-L holds in its bits are the first bytes
  /// of the buffer; they can still be given back.
  private void feed() throws IOException {
    if (unread() > 0) {
      return;
    }
    int held = bitsHeld() >>> 3;
    in.refill();
    if (in.limit - in.position > held) {
      give(in.position + held);
    } else if (state.get(ValueLayout.JAVA_INT, IsalLibrary.AVAIL_OUT) > 0) {
      throw in.truncated();
    }
  }

  private void give(int from) {
    int count = in.limit - from;
    MemorySegment.copy(in.buffer, from, source, ValueLayout.JAVA_BYTE, 0, count);
    state.set(ValueLayout.ADDRESS, IsalLibrary.NEXT_IN, source);
    state.set(ValueLayout.JAVA_INT, IsalLibrary.AVAIL_IN, count);
  }

  private int room() {
    int room = out.buffer.length - out.position;
    return (int) Math.min(room, Math.min(out.left(), room) + BEYOND);
  }

  private int unread() {
    return state.get(ValueLayout.JAVA_INT, IsalLibrary.AVAIL_IN);
  }

  private int bitsHeld() {
    return state.get(ValueLayout.JAVA_INT, IsalLibrary.READ_IN_BITS);
  }

  private static String reason(int code) {
    return switch (code) {
      case IsalLibrary.INVALID_BLOCK -> "a block's header or set of codes is invalid";
      case IsalLibrary.INVALID_SYMBOL -> "a length or distance has no code";
      case IsalLibrary.INVALID_LOOKBACK -> "a distance reaches before the start of the stream";
      default -> "the data are not deflate (" + code + ")";
    };
  }
}
