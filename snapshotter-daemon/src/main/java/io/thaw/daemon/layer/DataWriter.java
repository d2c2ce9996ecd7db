package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Linux;
import io.thaw.ztoc.SpanSink;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Writes bytes of a layer's tar to the files they belong to; the one place where file data is
/// written, whoever asked for it.
///
/// Takes pieces in ascending order of their offsets. What belongs to no file (headers, padding,
/// replaced entries) is dropped. Used by one thread; several writers may write different ranges of
/// one layer at the same time.
final class DataWriter implements SpanSink, AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 17;
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  /// The files of a layer in the order of their data.
  interface Files {

    /// The first file whose data ends after `uncompressedOffset`, or one that does not exist.
    int firstAt(long uncompressedOffset);

    /// Whether there is a file of this index.
    boolean exists(int index);

    /// Where its data starts.
    long start(int index);

    /// How many bytes it has.
    long size(int index);

    /// Opens it for writing, creating it if absent.
    int open(int index) throws IOException;

    /// Closes what was opened and written.
    void close(int index, int fd) throws IOException;
  }

  private final Files files;
  private int index = -1;
  private int fd = -1;

  DataWriter(Files files) {
    this.files = files;
  }

  @Override
  public void accept(long uncompressedOffset, byte[] buffer, int offset, int length)
      throws IOException {
    if (index < 0) {
      index = files.firstAt(uncompressedOffset);
    }
    long end = uncompressedOffset + length;
    while (files.exists(index)) {
      long start = files.start(index);
      long fileEnd = start + files.size(index);
      if (start >= end) {
        return;
      }
      long from = Math.max(start, uncompressedOffset);
      long to = Math.min(fileEnd, end);
      if (from < to) {
        write(from - start, buffer, offset + (int) (from - uncompressedOffset), (int) (to - from));
      }
      if (fileEnd > end) {
        return;
      }
      next();
    }
  }

  private void write(long at, byte[] buffer, int offset, int length) throws IOException {
    if (fd < 0) {
      fd = files.open(index);
      if (at != 0 || length != files.size(index)) {
        // The part that is still missing must not change the size when it comes.
        Linux.ftruncate(fd, files.size(index));
      }
    }
    ByteBuffer direct = BUFFER.get();
    for (int done = 0; done < length; ) {
      int n = Math.min(length - done, BUFFER_BYTES);
      direct.clear().put(buffer, offset + done, n).flip();
      Linux.pwrite(fd, direct, at + done);
      done += n;
    }
  }

  private void next() throws IOException {
    close();
    index++;
  }

  @Override
  public void close() throws IOException {
    if (fd >= 0) {
      int closing = fd;
      fd = -1;
      files.close(index, closing);
    }
  }
}
