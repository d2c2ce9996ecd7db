package io.thaw.index.oci;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.util.Objects;

/// A range of a file as a stream; closing it closes the channel.
final class RangeInputStream extends InputStream {
  private final FileChannel channel;
  private long position;
  private long left;

  RangeInputStream(FileChannel channel, long offset, long sizeBytes) {
    this.channel = channel;
    this.position = offset;
    this.left = sizeBytes;
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
    if (left == 0) {
      return -1;
    }
    int wanted = (int) Math.min(length, left);
    int n;
    try {
      n = channel.read(ByteBuffer.wrap(buffer, offset, wanted), position);
    } catch (ClosedByInterruptException e) {
      throw (IOException) new InterruptedIOException("interrupted while reading").initCause(e);
    }
    if (n < 0) {
      throw new EOFException("file ends " + left + " bytes before its blob does");
    }
    position += n;
    left -= n;
    return n;
  }

  @Override
  public int available() {
    return (int) Math.min(left, Integer.MAX_VALUE);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
