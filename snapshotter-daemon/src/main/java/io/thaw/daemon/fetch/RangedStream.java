package io.thaw.daemon.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
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

  /// A range that is being read.
  @SuppressWarnings("ArrayRecordComponent") // read from, never compared
  private record Arrived(Part part, byte[] bytes) {}

  private final BlobSource source;
  private final ParallelDownloads.Room room;
  private final ParallelDownloads downloads;
  private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
  private final Set<Thread> workers = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private long position;
  private final AtomicReference<@Nullable Arrived> current = new AtomicReference<>();
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
    downloads.buffers().opened();
    downloads.started();
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
    byte[] buffer = downloads.buffers().take(part.length);
    try {
      fill(part, buffer, opened);
      part.bytes.complete(buffer);
    } catch (IOException | RuntimeException e) {
      part.bytes.completeExceptionally(e);
    } finally {
      // Whatever came of it: who asks for the next range is not to wait for this one's answer.
      opened.complete(true);
      room.arrivedWhole();
    }
  }

  private void fill(Part part, byte[] buffer, CompletableFuture<Boolean> opened)
      throws IOException {
    long start = part.start;
    int length = part.length;
    Duration patience = downloads.limits().patience();
    long lastProgress = System.nanoTime();
    int failures = 0;
    int done = 0;
    while (done < length) {
      if (closed) {
        throw new InterruptedIOException("the download of " + source.name() + " was closed");
      }
      try (InputStream in = source.openRange(start + done, start + length)) {
        opened.complete(source.knowsRanges());
        int before = done;
        Trickle trickle = new Trickle();
        for (int n = 0; n >= 0 && done < length; ) {
          n = in.read(buffer, done, length - done);
          if (n > 0) {
            done += n;
            downloads.arrived(n);
            lastProgress = System.nanoTime();
            if (done < length) {
              trickle.after(n);
            }
          }
        }
        failures = done > before ? 0 : failures + 1;
      } catch (PermanentFetchException | InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        downloads.broke();
        if (System.nanoTime() - lastProgress > patience.toNanos()) {
          throw e;
        }
        failures++;
      }
      if (done < length && failures > 0) {
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
    if (rest != null) {
      return readRest(rest, dst, offset, length);
    }
    Arrived range = next();
    if (rest != null) {
      return readRest(rest, dst, offset, length);
    }
    if (range == null) {
      return -1;
    }
    int n = Math.min(length, range.part.length - at);
    System.arraycopy(range.bytes, at, dst, offset, n);
    at += n;
    position += n;
    if (at == range.part.length && drop()) {
      downloads.buffers().giveBack(range.bytes);
    }
    return n;
  }

  /// Whoever drops a range gives its memory back.
  private boolean drop() {
    Arrived range = current.getAndSet(null);
    if (range != null) {
      room.memory().release(range.part.length);
    }
    return range != null;
  }

  private int readRest(InputStream in, byte[] dst, int offset, int length) throws IOException {
    int n = in.read(dst, offset, length);
    if (n > 0) {
      position += n;
      downloads.arrived(n);
    }
    return n;
  }

  /// The range to read from; null at the blob's end, and when what follows comes as one stream.
  private @Nullable Arrived next() throws IOException {
    Arrived range = current.get();
    if (range != null || position >= source.sizeBytes()) {
      return range;
    }
    Part part = null;
    try {
      part = parts.take();
      if (part.isRest()) {
        rest = source.openWhole();
        rest.skipNBytes(position);
        return null;
      }
      range = new Arrived(part, part.bytes.get());
      current.set(range);
      at = 0;
      if (closed) {
        drop();
      }
      return range;
    } catch (InterruptedException e) {
      if (part != null) {
        giveUp(part);
      }
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
    downloads.ended();
    workers.forEach(Thread::interrupt);
    downloads.buffers().closed();
    drop();
    drain();
    if (rest != null) {
      rest.close();
    }
  }

  private void drain() {
    for (Part part = parts.poll(); part != null; part = parts.poll()) {
      giveUp(part);
    }
  }

  /// Nobody will read the range: its memory goes back once nothing more is written into it.
  private void giveUp(Part part) {
    int length = Math.max(0, part.length);
    var _ = part.bytes.whenComplete((_, _) -> room.memory().release(length));
  }
}
