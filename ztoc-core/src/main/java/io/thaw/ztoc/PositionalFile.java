package io.thaw.ztoc;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/// A file that many threads read at any position.
///
/// A file channel closes for everybody when one of its readers is interrupted; this one opens it
/// again for the others.
final class PositionalFile implements AutoCloseable {
  private final Path path;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile FileChannel channel;
  private volatile boolean closed;

  PositionalFile(Path path) throws IOException {
    this.path = path;
    this.channel = open(path);
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.READ);
  }

  long sizeBytes() throws IOException {
    return channel.size();
  }

  /// Fills `dst` from `position` and returns the number of bytes, fewer only at the file's end.
  int read(long position, ByteBuffer dst) throws IOException {
    int start = dst.position();
    while (dst.hasRemaining()) {
      FileChannel current = channel;
      try {
        if (current.read(dst, position + dst.position() - start) < 0) {
          break;
        }
      } catch (ClosedByInterruptException e) {
        InterruptedIOException interrupted =
            new InterruptedIOException("Interrupted while reading " + path);
        interrupted.initCause(e);
        throw interrupted;
      } catch (ClosedChannelException e) {
        reopen(e);
      }
    }
    return dst.position() - start;
  }

  private void reopen(ClosedChannelException cause) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("The zTOC file " + path + " has been closed", cause);
      }
      if (!channel.isOpen()) {
        channel = open(path);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      channel.close();
    } finally {
      lock.unlock();
    }
  }
}
