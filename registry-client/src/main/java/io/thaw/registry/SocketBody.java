package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;

/// A response body read from its socket by the calling thread, into the caller's array.
///
/// Read by one thread. Any thread may close it, which breaks the connection off unless all has
/// been read: what is left is not waited for, and a read under way ends with an error.
final class SocketBody extends InputStream {

  private final InputStream stream;
  private final Runnable abort;
  private final Duration stall;
  private long left;
  private volatile boolean ended;
  private volatile boolean closed;

  /// @param length bytes that come, or negative if that is not known
  /// @param abort breaks the connection off; harmless once the body has ended
  /// @param stall how long the socket waits for a byte, for the message
  SocketBody(InputStream stream, long length, Runnable abort, Duration stall) {
    this.stream = stream;
    this.left = length;
    this.abort = abort;
    this.stall = stall;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (closed) {
      throw new IOException("response body is closed");
    }
    if (length == 0 || ended) {
      return length == 0 ? 0 : -1;
    }
    try {
      int count = stream.read(target, offset, length);
      if (count < 0) {
        ended = true;
        return -1;
      }
      left -= count;
      if (left == 0 && stream.read() < 0) {
        // Known to be complete without asking the socket: the connection is free for the next.
        ended = true;
      }
      return count;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private IOException failure(IOException failure) {
    boolean ours = closed;
    close();
    if (ours) {
      return new IOException("response body is closed", failure);
    }
    if (Thread.currentThread().isInterrupted()) {
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while reading a response body");
      interrupted.initCause(failure);
      return interrupted;
    }
    if (failure instanceof SocketTimeoutException) {
      return new IOException(
          "response body stalled: no byte for " + stall.toMillis() + " ms", failure);
    }
    return new IOException("response body broke off: " + failure.getMessage(), failure);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (!ended) {
      abort.run();
    }
  }
}
