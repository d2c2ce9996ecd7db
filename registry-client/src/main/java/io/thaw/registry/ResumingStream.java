package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The bytes `[position, end)` of a blob as one stream, over as many connections as it takes.
///
/// A transfer that breaks, stalls or ends early is opened again at the byte where it stopped, up
/// to the configured number of tries; progress of [#PROGRESS] bytes makes up for earlier
/// failures.
///
/// Read by one thread. Any thread may close it: a read under way ends with an error then, and
/// nothing is opened again.
final class ResumingStream extends InputStream {

  private static final long PROGRESS = 256 << 10;

  /// Opens the blob at an offset, one try.
  interface Opener {
    BlobFetcher.Opened open(long offset) throws IOException;

    /// Told of a transfer that broke, before the next one is opened.
    void broke(BlobFetcher.Opened transfer, RegistryException failure);
  }

  private final Opener opener;
  private final Retrier retrier;
  private final long end;
  private final Set<Endpoint> servedBy = ConcurrentHashMap.newKeySet();
  private volatile BlobFetcher.Opened opened;
  private long position;
  private long resumedAt;
  private int failures;
  private volatile boolean closed;

  /// @param opened positioned at `position`; its end is where this stream ends
  ResumingStream(Opener opener, Retrier retrier, BlobFetcher.Opened opened, long position) {
    this.opener = opener;
    this.retrier = retrier;
    this.opened = opened;
    this.position = position;
    this.resumedAt = position;
    this.end = opened.end();
    servedBy.add(opened.endpoint());
  }

  /// The hosts that were asked for the bytes so far; grows while the stream is read.
  Set<Endpoint> servedBy() {
    return servedBy;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    requireOpen();
    while (true) {
      if (end != BlobFetcher.UNKNOWN && position >= end) {
        return -1;
      }
      if (length == 0) {
        return 0;
      }
      try {
        int wanted = end == BlobFetcher.UNKNOWN ? length : (int) Math.min(length, end - position);
        int count = opened.body().read(target, offset, wanted);
        if (count >= 0) {
          position += count;
          return count;
        }
        if (end == BlobFetcher.UNKNOWN) {
          return -1;
        }
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        resume(e);
        continue;
      }
      resume(new IOException("body ended " + (end - position) + " bytes early"));
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("stream is closed");
    }
  }

  private void resume(IOException cause) throws IOException {
    requireOpen();
    RegistryException failure = Failures.unreachable(opened.answer().servedFrom(), cause);
    opened.answer().close();
    opener.broke(opened, failure);
    if (position - resumedAt >= PROGRESS) {
      failures = 0;
    }
    resumedAt = position;
    while (true) {
      failures++;
      if (failures >= retrier.maxAttempts() || retrier.stopped()) {
        throw failure;
      }
      retrier.pause(failures, failure);
      requireOpen();
      try {
        opened = opener.open(position);
        servedBy.add(opened.endpoint());
        break;
      } catch (RegistryException e) {
        if (!e.kind().retryable()) {
          throw e;
        }
        failure = e;
      }
    }
    if (closed) {
      // Whoever closed may have closed the transfer before this one.
      opened.answer().close();
      requireOpen();
    }
  }

  /// Aborts the transfer unless everything has arrived, in which case the connection is kept for
  /// the next one.
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    if (opened.exact() && position == end) {
      // Lets the HTTP client see the end of the body it has already received.
      Bodies.discard(opened.answer().response());
    } else {
      opened.answer().close();
    }
  }
}
