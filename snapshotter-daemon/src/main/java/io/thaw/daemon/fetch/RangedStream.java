package io.thaw.daemon.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// A blob in order, fetched by ranges ahead of its reader; see [ParallelDownloads]. Read by one
/// thread; may be closed by another.
final class RangedStream extends InputStream {
  /// One range, in the order of the blob. `length` of -1 marks what is to come as one stream.
  private record Part(long start, int length, CompletableFuture<byte[]> bytes) {
    boolean isRest() {
      return length < 0;
    }
  }

  private final BlobSource source;
  private final ParallelDownloads.Room room;
  private final ParallelDownloads downloads;
  private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
  private final Set<Thread> workers = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private long position;
  private byte @Nullable [] current;
  private int at;
  private @Nullable InputStream rest;

  private RangedStream(
      BlobSource source, ParallelDownloads.Room room, ParallelDownloads downloads) {
    this.source = source;
    this.room = room;
    this.downloads = downloads;
  }

  static RangedStream start(
      BlobSource source, ParallelDownloads.Room room, ParallelDownloads downloads) {
    RangedStream stream = new RangedStream(source, room, downloads);
    stream.run("ranges of " + source.name(), stream::askForAll);
    return stream;
  }

  private void run(String name, Runnable work) {
    Thread thread = Thread.ofVirtual().name(name).unstarted(() -> tracked(work));
    workers.add(thread);
    if (closed) {
      thread.interrupt();
    }
    thread.start();
  }

  private void tracked(Runnable work) {
    try {
      work.run();
    } finally {
      workers.remove(Thread.currentThread());
    }
  }

  /// Asks for one range after the other as room allows.
  private void askForAll() {
    long size = source.sizeBytes();
    try {
      for (long start = 0; start < size && !closed; ) {
        int length = (int) Math.min(downloads.rangeBytes(), size - start);
        room.enter(length);
        Part part = new Part(start, length, new CompletableFuture<>());
        parts.add(part);
        CompletableFuture<Boolean> opened = new CompletableFuture<>();
        run("range of " + source.name(), () -> fetch(part, opened));
        start += length;
        // Whether the host knows ranges is seen in its first answer.
        if (part.start == 0 && start < size && !opened.get()) {
          parts.add(new Part(start, -1, CompletableFuture.completedFuture(new byte[0])));
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(new InterruptedIOException("the download of " + source.name() + " was ended"));
    } catch (ExecutionException | IOException e) {
      fail(new IOException("the download of " + source.name() + " ended: " + e.getMessage(), e));
    } finally {
      if (closed) {
        drain();
      }
    }
  }

  private void fail(IOException failure) {
    parts.add(new Part(0, 0, CompletableFuture.failedFuture(failure)));
  }

  private void fetch(Part part, CompletableFuture<Boolean> opened) {
    byte[] bytes = new byte[part.length];
    try {
      fill(part.start, bytes, opened);
      part.bytes.complete(bytes);
    } catch (IOException | RuntimeException e) {
      part.bytes.completeExceptionally(e);
    } finally {
      // Whatever came of it: who asks for the next range is not to wait for this one's answer.
      opened.complete(true);
      room.arrivedWhole();
    }
  }

  private void fill(long start, byte[] bytes, CompletableFuture<Boolean> opened)
      throws IOException {
    Duration patience = downloads.limits().patience();
    long lastProgress = System.nanoTime();
    int failures = 0;
    int done = 0;
    while (done < bytes.length) {
      if (closed) {
        throw new InterruptedIOException("the download of " + source.name() + " was closed");
      }
      try (InputStream in = source.openRange(start + done, start + bytes.length)) {
        opened.complete(source.knowsRanges());
        int before = done;
        for (int n = 0; n >= 0 && done < bytes.length; ) {
          n = in.read(bytes, done, bytes.length - done);
          if (n > 0) {
            done += n;
            room.arrivals().arrived(n);
            lastProgress = System.nanoTime();
          }
        }
        failures = done > before ? 0 : failures + 1;
      } catch (PermanentFetchException | InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        if (System.nanoTime() - lastProgress > patience.toNanos()) {
          throw e;
        }
        failures++;
      }
      if (done < bytes.length && failures > 0) {
        if (System.nanoTime() - lastProgress > patience.toNanos()) {
          throw new IOException(
              source.name() + " sent nothing of its bytes from " + (start + done) + " on");
        }
        pause(failures);
      }
    }
  }

  private void pause(int failures) throws InterruptedIOException {
    try {
      ParallelDownloads.Limits limits = downloads.limits();
      long nanos = new Backoff(limits.backoffInitial(), limits.backoffMax()).delayNanos(failures);
      Thread.sleep(Duration.ofNanos(nanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the download of " + source.name() + " was ended");
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    int n = read(one, 0, 1);
    return n < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] dst, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (closed) {
      throw new IOException("the download of " + source.name() + " is closed");
    }
    if (rest == null && !hasBytes()) {
      return -1;
    }
    if (rest != null) {
      return readRest(rest, dst, offset, length);
    }
    byte[] bytes = Objects.requireNonNull(current);
    int n = Math.min(length, bytes.length - at);
    System.arraycopy(bytes, at, dst, offset, n);
    at += n;
    position += n;
    if (at == bytes.length) {
      drop(bytes);
    }
    return n;
  }

  private void drop(byte[] bytes) {
    current = null;
    room.memory().release(bytes.length);
  }

  private int readRest(InputStream in, byte[] dst, int offset, int length) throws IOException {
    int n = in.read(dst, offset, length);
    if (n > 0) {
      position += n;
      room.arrivals().arrived(n);
    }
    return n;
  }

  /// Makes the next range current; false at the blob's end.
  private boolean hasBytes() throws IOException {
    if (current != null) {
      return true;
    }
    if (position >= source.sizeBytes()) {
      return false;
    }
    Part part = null;
    try {
      part = parts.take();
      if (part.isRest()) {
        rest = source.openWhole();
        rest.skipNBytes(position);
        return true;
      }
      current = part.bytes.get();
      at = 0;
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while downloading " + source.name());
    } catch (ExecutionException e) {
      if (part != null) {
        room.memory().release(part.length);
      }
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.getMessage(), cause);
    }
  }

  /// Ends what is under way; memory of ranges nobody will read goes back when they have ended.
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    workers.forEach(Thread::interrupt);
    byte[] bytes = current;
    if (bytes != null) {
      drop(bytes);
    }
    drain();
    if (rest != null) {
      rest.close();
    }
  }

  private void drain() {
    for (Part part = parts.poll(); part != null; part = parts.poll()) {
      int length = Math.max(0, part.length);
      var _ = part.bytes.whenComplete((_, _) -> room.memory().release(length));
    }
  }
}
