package io.thaw.ztoc.inflate;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Checksum;

/// Inflates gzip (RFC 1952) and zlib (RFC 1950) streams of one or more members, and shows the
/// places from which it can be resumed.
///
/// Memory is bounded: about 400 KiB, and as much beside the heap with ISA-L, whatever the stream
/// does. An inflater can be used again and again, by one thread at a time.
public final class Inflater {
  /// Length of a window, and of what [#inflateSpan] wants as history.
  public static final int WINDOW_BYTES = OutputWindow.WINDOW;

  private static final int GZIP_TRAILER = 8;
  private static final int ZLIB_TRAILER = 4;

  private final CompressedInput in = new CompressedInput();
  private final OutputWindow out = new OutputWindow();
  private final MemberDecoder blocks = new BlockDecoder(in, out);
  private final MemberDecoder members;
  private final CRC32 crc = new CRC32();
  private final Adler32 adler = new Adler32();
  private boolean zlib;

  /// What decodes where no checkpoint has to be found. What comes out is the same.
  public enum Engine {
    JAVA,
    /// Intel's ISA-L; [#JAVA] where the host does not have it.
    ISAL
  }

  /// One with the fastest engine that the host has.
  public Inflater() {
    this(Engine.ISAL);
  }

  public Inflater(Engine engine) {
    Optional<IsalLibrary> isal =
        engine == Engine.ISAL ? IsalLibrary.get() : Optional.<IsalLibrary>empty();
    members = isal.isPresent() ? new IsalDecoder(isal.get(), in, out) : blocks;
  }

  /// The fastest engine that the host has.
  public static Engine fastest() {
    return IsalLibrary.get().isPresent() ? Engine.ISAL : Engine.JAVA;
  }

  /// Inflates a whole stream and offers checkpoints to `target`.
  ///
  /// A checkpoint is taken at a member's first block and at the end of every block but a member's
  /// last, if nothing is out yet or more than `spanSize` bytes came out since the one before. That
  /// is zran's rule as SOCI uses it.
  ///
  /// @param spanSize `Long.MAX_VALUE` if nobody wants checkpoints; there is one at the start then
  /// @param maxUncompressed a stream that inflates to more fails
  /// @throws MalformedGzipException if the stream is broken, ends early or has something behind it
  public void inflateAll(
      InputStream source, long spanSize, long maxUncompressed, InflateTarget target)
      throws IOException {
    in.start(source, 0, target);
    out.startEmpty(target, maxUncompressed);
    Checkpoints checkpoints = new Checkpoints(spanSize, target);
    MemberDecoder decoder = spanSize == Long.MAX_VALUE ? members : blocks;
    try {
      do {
        readHeader();
        checkpoints.offer();
        while (decoder.decode() == MemberDecoder.Outcome.MORE_BLOCKS) {
          checkpoints.offer();
        }
        readTrailer();
      } while (in.hasMore());
      in.deliver();
    } finally {
      release();
    }
  }

  /// The history for [#inflateSpan]: fill `WINDOW_BYTES` bytes from the start.
  public byte[] historyBuffer() {
    return out.buffer;
  }

  /// Resumes at a checkpoint and inflates to `uncompressedEnd`. Goes on into following members.
  ///
  /// The checksum of a member is verified if all of the member lies in the span. The caller has put
  /// the checkpoint's window into [#historyBuffer].
  ///
  /// @param source bytes from `compressedStart` on
  /// @param bits how many bits, the highest ones, of the first byte belong to the span; 0 for all
  /// @param zlibMembers whether the member at the start is a zlib stream and not gzip
  /// @return the number of bytes that came out; more than wanted if the checkpoints do not fit
  public long inflateSpan(
      InputStream source,
      long compressedStart,
      int bits,
      boolean zlibMembers,
      long uncompressedStart,
      long uncompressedEnd,
      InflateTarget target)
      throws IOException {
    in.start(source, compressedStart, target);
    out.start(target, uncompressedStart, uncompressedEnd, Long.MAX_VALUE);
    zlib = zlibMembers;
    try {
      if (bits != 0) {
        in.bits(8 - bits);
      }
      if (uncompressedStart == 0) {
        startMember();
      }
      while (!out.reachedStop()) {
        MemberDecoder.Outcome outcome = members.decode();
        if (outcome == MemberDecoder.Outcome.STOPPED) {
          break;
        }
        if (outcome == MemberDecoder.Outcome.LAST_BLOCK) {
          readTrailer();
          if (!out.reachedStop()) {
            readHeader();
          }
        }
      }
      out.flush();
      return out.total() - uncompressedStart;
    } finally {
      release();
    }
  }

  private void release() {
    in.release();
    out.release();
  }

  private void startMember() throws IOException {
    Checksum checksum = zlib ? adler : crc;
    checksum.reset();
    out.startMember(checksum);
  }

  private void readHeader() throws IOException {
    int first = in.nextByte();
    int second = in.nextByte();
    if (first == 0x1f && second == 0x8b) {
      zlib = false;
      readGzipHeader();
    } else if ((first & 0x0f) == 8 && (first >>> 4) <= 7 && ((first << 8) | second) % 31 == 0) {
      zlib = true;
      if ((second & 0x20) != 0) {
        throw in.malformed("the zlib stream wants a preset dictionary");
      }
    } else {
      throw in.malformed(
          String.format("bytes %02x %02x start neither a gzip nor a zlib stream", first, second));
    }
    startMember();
  }

  private void readGzipHeader() throws IOException {
    CRC32 headerCrc = crc;
    headerCrc.reset();
    headerCrc.update(0x1f);
    headerCrc.update(0x8b);
    int method = headerByte(headerCrc);
    if (method != 8) {
      throw in.malformed("compression method " + method + " is not deflate");
    }
    int flags = headerByte(headerCrc);
    if ((flags & 0xe0) != 0) {
      throw in.malformed(String.format("gzip header has reserved flags 0x%02x", flags));
    }
    for (int i = 0; i < 6; i++) {
      headerByte(headerCrc); // time, extra flags, operating system
    }
    if ((flags & 4) != 0) {
      int length = headerByte(headerCrc) | headerByte(headerCrc) << 8;
      for (int i = 0; i < length; i++) {
        headerByte(headerCrc);
      }
    }
    if ((flags & 8) != 0) {
      skipString(headerCrc);
    }
    if ((flags & 16) != 0) {
      skipString(headerCrc);
    }
    if ((flags & 2) != 0) {
      int actual = (int) headerCrc.getValue() & 0xffff;
      int written = in.nextByte() | in.nextByte() << 8;
      if (actual != written) {
        throw in.malformed(
            String.format("gzip header has CRC %04x instead of %04x", actual, written));
      }
    }
  }

  private int headerByte(CRC32 headerCrc) throws IOException {
    int value = in.nextByte();
    headerCrc.update(value);
    return value;
  }

  private void skipString(CRC32 headerCrc) throws IOException {
    while (headerByte(headerCrc) != 0) {
      // name or comment: nobody needs it
    }
  }

  private void readTrailer() throws IOException {
    in.alignToByte();
    out.flush();
    long trailer = 0;
    for (int i = 0; i < (zlib ? ZLIB_TRAILER : GZIP_TRAILER); i++) {
      trailer |= (long) in.nextByte() << (8 * i);
    }
    Checksum checksum = out.checksum();
    if (checksum == null) {
      return; // the member began before the span
    }
    int actual = (int) checksum.getValue();
    int written = zlib ? Integer.reverseBytes((int) trailer) : (int) trailer;
    if (actual != written) {
      throw in.malformed(
          String.format("member has checksum %08x, its trailer says %08x", actual, written));
    }
    int size = (int) out.memberSize();
    if (!zlib && size != (int) (trailer >>> 32)) {
      throw in.malformed(
          "member has "
              + Integer.toUnsignedString(size)
              + " bytes (modulo 2^32), its trailer says "
              + Integer.toUnsignedString((int) (trailer >>> 32)));
    }
  }

  /// Decides which block borders become checkpoints.
  private final class Checkpoints {
    private final long spanSize;
    private final InflateTarget target;
    private long last;

    Checkpoints(long spanSize, InflateTarget target) {
      this.spanSize = spanSize;
      this.target = target;
    }

    void offer() throws IOException {
      long total = out.total();
      if (total != 0 && total - last <= spanSize) {
        return;
      }
      in.unreadWholeBytes();
      in.deliver();
      target.checkpoint(
          in.wholeByteOffset(), in.bitCount, total, out.buffer, out.position - WINDOW_BYTES);
      last = total;
    }
  }
}
