package io.thaw.cli.analyze.scan;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Documents of one layer in a temporary file, which vanishes when this is closed.
///
/// Written by one thread; documents can be read by many until this is closed.
public final class DocumentSpool implements Closeable {
  /// All documents of a layer together.
  private static final long MAX_BYTES = 2L << 30;

  private final Path directory;
  private @Nullable FileChannel channel;
  private long end;

  /// @param directory where the file is made, if there is need of one
  public DocumentSpool(Path directory) {
    this.directory = directory;
  }

  /// Where the next document starts.
  long position() {
    return end;
  }

  /// Drops what was written since `position`.
  void truncate(long position) {
    end = position;
  }

  /// Appends bytes.
  ///
  /// @return false if there is no more room
  boolean append(byte[] buffer, int offset, int length) throws IOException {
    if (end + length > MAX_BYTES) {
      return false;
    }
    FileChannel out = opened();
    ByteBuffer bytes = ByteBuffer.wrap(buffer, offset, length);
    while (bytes.hasRemaining()) {
      end += out.write(bytes, end);
    }
    return true;
  }

  /// What was appended since `start`.
  Document document(long start) {
    return new Spooled(start, end - start);
  }

  private FileChannel opened() throws IOException {
    FileChannel open = channel;
    if (open == null) {
      open =
          FileChannel.open(
              Files.createTempFile(directory, "thaw-analyze-", ".spool"),
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      channel = open;
    }
    return open;
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }

  private final class Spooled implements Document {
    private final long start;
    private final long length;

    Spooled(long start, long length) {
      this.start = start;
      this.length = length;
    }

    @Override
    public long sizeBytes() {
      return length;
    }

    @Override
    public InputStream open() {
      return new Reading(start, start + length);
    }
  }

  private final class Reading extends InputStream {
    private final long stop;
    private long at;

    Reading(long start, long stop) {
      this.at = start;
      this.stop = stop;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, buffer.length);
      if (length == 0) {
        return 0;
      }
      if (at == stop || channel == null) {
        return -1;
      }
      int wanted = (int) Math.min(length, stop - at);
      int n = channel.read(ByteBuffer.wrap(buffer, offset, wanted), at);
      if (n > 0) {
        at += n;
      }
      return n;
    }
  }
}
