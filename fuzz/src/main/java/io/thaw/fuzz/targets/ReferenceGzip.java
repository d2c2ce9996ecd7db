package io.thaw.fuzz.targets;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// gzip and zlib streams read with the JDK's inflate: the other opinion. Headers and trailers by
/// RFC 1952; nothing may follow the last member.
final class ReferenceGzip {
  private static final int GZIP_TRAILER = 8;

  private final byte[] stream;
  private final int maxBytes;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<Member> members = new ArrayList<>();
  private int at;

  private ReferenceGzip(byte[] stream, int maxBytes) {
    this.stream = stream;
    this.maxBytes = maxBytes;
  }

  /// One member: where its bytes start, and whether it is a zlib stream.
  record Member(long uncompressedStart, boolean zlib) {}

  /// What a stream holds.
  static final class Content {
    private final byte[] bytes;
    private final List<Member> members;

    Content(byte[] bytes, List<Member> members) {
      this.bytes = bytes;
      this.members = members;
    }

    byte[] bytes() {
      return bytes;
    }

    /// Whether the member that the byte at `offset` belongs to is a zlib stream.
    boolean isZlibAt(long offset) {
      boolean zlib = members.getFirst().zlib();
      for (Member member : members) {
        if (member.uncompressedStart() <= offset) {
          zlib = member.zlib();
        }
      }
      return zlib;
    }
  }

  /// Returns null for a stream that is broken or holds more than `maxBytes`.
  static @Nullable Content read(byte[] stream, int maxBytes) {
    ReferenceGzip reference = new ReferenceGzip(stream, maxBytes);
    do {
      if (!reference.member()) {
        return null;
      }
    } while (reference.at < stream.length);
    return new Content(reference.out.toByteArray(), reference.members);
  }

  /// Puts a gzip member around each deflate stream at the start of `deflated`, with the checksum
  /// that is right for it, so that a fuzzer need not guess one. What is no deflate stream gets a
  /// header only.
  static byte[] wrap(byte[] deflated, int maxBytes) {
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    int from = 0;
    do {
      gzip.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
      ReferenceGzip reference = new ReferenceGzip(deflated, maxBytes);
      reference.at = from;
      boolean whole = reference.inflate(true);
      int to = whole ? reference.at : deflated.length;
      gzip.write(deflated, from, to - from);
      byte[] bytes = reference.out.toByteArray();
      CRC32 crc = new CRC32();
      crc.update(bytes);
      gzip.writeBytes(
          ByteBuffer.allocate(GZIP_TRAILER)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt((int) crc.getValue())
              .putInt(bytes.length)
              .array());
      from = to;
    } while (from < deflated.length);
    return gzip.toByteArray();
  }

  private boolean member() {
    boolean gzip = at + 2 <= stream.length && stream[at] == 0x1f && stream[at + 1] == (byte) 0x8b;
    members.add(new Member(out.size(), !gzip));
    if (!gzip) {
      return inflate(false);
    }
    int start = out.size();
    return header() && inflate(true) && trailer(start);
  }

  private boolean header() {
    int start = at;
    int flags = at + 10 <= stream.length ? stream[at + 3] & 0xff : 0xff;
    if (flags > 0x1f || stream[at + 2] != 8) {
      return false;
    }
    at += 10;
    if ((flags & 4) != 0) {
      if (at + 2 > stream.length) {
        return false;
      }
      at += 2 + ((stream[at] & 0xff) | (stream[at + 1] & 0xff) << 8);
    }
    if (((flags & 8) != 0 && !skipText()) || ((flags & 16) != 0 && !skipText())) {
      return false;
    }
    if ((flags & 2) == 0) {
      return at <= stream.length;
    }
    if (at + 2 > stream.length) {
      return false;
    }
    CRC32 crc = new CRC32();
    crc.update(stream, start, at - start);
    int written = (stream[at] & 0xff) | (stream[at + 1] & 0xff) << 8;
    at += 2;
    return ((int) crc.getValue() & 0xffff) == written;
  }

  private boolean skipText() {
    while (at < stream.length && stream[at] != 0) {
      at++;
    }
    return at++ < stream.length;
  }

  private boolean inflate(boolean raw) {
    Inflater inflater = new Inflater(raw);
    try {
      inflater.setInput(stream, Math.min(at, stream.length), Math.max(0, stream.length - at));
      byte[] buffer = new byte[8192];
      while (!inflater.finished()) {
        int count = inflater.inflate(buffer);
        if (count == 0 && !inflater.finished()) {
          return false; // wants input there is not, or a dictionary
        }
        out.write(buffer, 0, count);
        if (out.size() > maxBytes) {
          return false;
        }
      }
      at = stream.length - inflater.getRemaining();
      return true;
    } catch (DataFormatException e) {
      return false;
    } finally {
      inflater.end();
    }
  }

  private boolean trailer(int start) {
    if (at + GZIP_TRAILER > stream.length) {
      return false;
    }
    byte[] bytes = out.toByteArray();
    CRC32 crc = new CRC32();
    crc.update(bytes, start, bytes.length - start);
    ByteBuffer trailer = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
    boolean fits =
        trailer.getInt(at) == (int) crc.getValue()
            && trailer.getInt(at + 4) == bytes.length - start;
    at += GZIP_TRAILER;
    return fits;
  }
}
