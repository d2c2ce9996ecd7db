package io.thaw.fuzz.targets;

import io.thaw.ztoc.inflate.InflateTarget;
import io.thaw.ztoc.inflate.Inflater;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Our inflate against the JDK's: the same bytes or both refuse; and from every checkpoint the
/// same bytes again.
///
/// Input: one byte of choices (bit 0: what follows is deflate, to be wrapped as gzip with the
/// right checksum; bit 1: the source hands out few bytes at a time), one byte for the span size,
/// then the stream.
public final class InflateFuzz {
  private static final int MAX_BYTES = 512 << 10;
  private static final int MAX_CHECKPOINTS = 6;

  /// One for all inputs: what an input leaves behind must not matter to the next.
  private static final Inflater INFLATER = new Inflater();

  private InflateFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 2) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(data, 2, data.length);
    byte[] stream = (data[0] & 1) != 0 ? ReferenceGzip.wrap(rest, MAX_BYTES) : rest;
    long spanSize = 1L << (data[1] & 15);
    ReferenceGzip.Content expected = ReferenceGzip.read(stream, MAX_BYTES);
    Recording recording = new Recording();
    IOException refused = null;
    try {
      INFLATER.inflateAll(source(stream, (data[0] & 2) != 0), spanSize, MAX_BYTES, recording);
    } catch (IOException e) {
      refused = e;
    }
    if (expected == null) {
      Oracle.check(refused != null, "inflate accepted a stream that the JDK refuses");
      return;
    }
    if (refused != null) {
      throw Oracle.broken("inflate refused a stream that the JDK reads", refused);
    }
    Oracle.check(
        Arrays.equals(recording.out.toByteArray(), expected.bytes()),
        "inflate and the JDK read different bytes");
    Oracle.check(
        Arrays.equals(recording.in.toByteArray(), stream), "not all stored bytes were handed over");
    recording.resume(stream, expected);
  }

  private static InputStream source(byte[] stream, boolean slow) {
    ByteArrayInputStream bytes = new ByteArrayInputStream(stream);
    return !slow
        ? bytes
        : new InputStream() {
          @Override
          public int read() {
            return bytes.read();
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            return bytes.read(buffer, offset, Math.min(length, 7));
          }
        };
  }

  /// A place to resume from.
  private static final class Checkpoint {
    private final long in;
    private final int bits;
    private final long out;
    private final byte[] window;

    Checkpoint(long in, int bits, long out, byte[] window) {
      this.in = in;
      this.bits = bits;
      this.out = out;
      this.window = window;
    }
  }

  /// Keeps everything, and the first few checkpoints.
  private static final class Recording implements InflateTarget {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream in = new ByteArrayOutputStream();
    private final List<Checkpoint> checkpoints = new ArrayList<>();
    private @Nullable Checkpoint before;

    @Override
    public void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length) {
      Oracle.check(uncompressedOffset == out.size(), "uncompressed bytes have a gap");
      out.write(buffer, offset, length);
    }

    @Override
    public void compressed(byte[] buffer, int offset, int length) {
      in.write(buffer, offset, length);
    }

    @Override
    public void checkpoint(
        long compressedOffset, int bits, long uncompressedOffset, byte[] buffer, int windowOffset) {
      Oracle.check(in.size() == compressedOffset, "bytes before a checkpoint were not handed over");
      Oracle.check(bits >= 0 && bits < 8, "a checkpoint has " + bits + " bits");
      Oracle.check(
          before == null
              || (compressedOffset > before.in && uncompressedOffset >= before.out)
              || (compressedOffset == before.in && bits < before.bits),
          "checkpoints go back");
      int end = windowOffset + Inflater.WINDOW_BYTES;
      before =
          new Checkpoint(
              compressedOffset,
              bits,
              uncompressedOffset,
              Arrays.copyOfRange(buffer, windowOffset, end));
      if (checkpoints.size() < MAX_CHECKPOINTS) {
        checkpoints.add(before);
      }
    }

    /// Inflates from each checkpoint to the next, and from the last to the end.
    void resume(byte[] stream, ReferenceGzip.Content expected) {
      for (int i = 0; i < checkpoints.size(); i++) {
        Checkpoint from = checkpoints.get(i);
        long end =
            i + 1 < checkpoints.size() ? checkpoints.get(i + 1).out : expected.bytes().length;
        int start = (int) from.in - (from.bits != 0 ? 1 : 0);
        byte[] history = INFLATER.historyBuffer();
        System.arraycopy(from.window, 0, history, 0, Inflater.WINDOW_BYTES);
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        try {
          INFLATER.inflateSpan(
              new ByteArrayInputStream(stream, start, stream.length - start),
              start,
              from.bits,
              expected.isZlibAt(from.out),
              from.out,
              end,
              (at, buffer, offset, length) -> again.write(buffer, offset, length));
        } catch (IOException e) {
          throw Oracle.broken("inflate refused to resume at its own checkpoint " + i, e);
        }
        Oracle.check(
            Arrays.equals(
                again.toByteArray(),
                Arrays.copyOfRange(expected.bytes(), (int) from.out, (int) end)),
            "checkpoint " + i + " leads to other bytes");
      }
    }
  }
}
