package io.thaw.daemon.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// Downloads whole layers, each by several ranges at once, in bounded memory.
///
/// A layer's stream is read from its first byte to its last; the ranges ahead of the reader are
/// fetched meanwhile, as many as the limits allow. A range that breaks is taken up where it
/// stopped, until nothing has come for the configured patience. A host that ignores ranges is read
/// as one stream. Safe for use by many threads.
public final class ParallelDownloads {
  private static final long CHOSEN_RANGE_BYTES = 8 << 20;
  private static final long MIN_RANGE_BYTES = 64 << 10;

  private final Limits limits;
  private final long rangeBytes;
  private final Semaphore requests;
  private final ByteBudget memory;
  private final RangeBuffers buffers;
  private final LongAdder bytes = new LongAdder();
  private final LongAdder finished = new LongAdder();
  private final LongAdder broken = new LongAdder();
  private final AtomicInteger ranges = new AtomicInteger();
  private final AtomicInteger streams = new AtomicInteger();

  /// How much may be under way.
  ///
  /// @param requests range requests of all images at a time; 0 or less for no bound but memory
  /// @param requestsPerImage the same for one image
  /// @param rangeBytes length of a range; 0 to choose one
  /// @param memoryBytes bytes that have been asked for and not been read yet
  /// @param patience how long nothing may come before a download fails
  /// @param backoffInitial pause after a range failed; it doubles
  /// @param backoffMax largest such pause
  public record Limits(
      int requests,
      int requestsPerImage,
      long rangeBytes,
      long memoryBytes,
      Duration patience,
      Duration backoffInitial,
      Duration backoffMax) {

    /// What a host gets that configures nothing.
    public static Limits defaults() {
      return new Limits(
          0, 3, 0, 64 << 20, Duration.ofMinutes(5), Duration.ofMillis(100), Duration.ofSeconds(10));
    }
  }

  /// One image's share of the requests.
  public static final class Share {
    final Semaphore requests;

    private Share(int requests) {
      this.requests = bounded(requests);
    }
  }

  public ParallelDownloads(Limits limits) {
    this.limits = limits;
    long wanted = limits.rangeBytes() > 0 ? limits.rangeBytes() : CHOSEN_RANGE_BYTES;
    // Several ranges have to fit, or there is nothing parallel about them.
    this.rangeBytes =
        Math.max(MIN_RANGE_BYTES, Math.min(wanted, Math.min(limits.memoryBytes() / 4, 1 << 30)));
    this.requests = bounded(limits.requests());
    this.memory = new ByteBudget(limits.memoryBytes(), 0);
    this.buffers = new RangeBuffers(Math.toIntExact(rangeBytes));
  }

  private static Semaphore bounded(int permits) {
    return new Semaphore(permits > 0 ? permits : Integer.MAX_VALUE, true);
  }

  /// A share for an image that is pulled now.
  public Share share() {
    return new Share(limits.requestsPerImage());
  }

  /// Opens all stored bytes; the stream's digest is the reader's to verify. Closing it early ends
  /// what is under way.
  public InputStream open(BlobSource source, Share share) {
    return RangedStream.start(source, new Room(share.requests, requests, memory, this), this);
  }

  /// Ranges that were fetched, whether they came or not.
  public long rangesFinished() {
    return finished.sum();
  }

  /// How often a range broke; it is taken up again until nothing has come for too long.
  public long rangesBroken() {
    return broken.sum();
  }

  /// Ranges that are being fetched.
  public long rangesUnderWay() {
    return ranges.get();
  }

  /// Layers that are being fetched.
  public long downloadsUnderWay() {
    return streams.get();
  }

  /// Bytes that have been asked for and not been read yet.
  public long memoryTakenBytes() {
    return memory.takenBytes();
  }

  void started() {
    streams.incrementAndGet();
  }

  void ended() {
    streams.decrementAndGet();
  }

  void broke() {
    broken.increment();
  }

  /// Bytes that have come so far.
  public long bytesFetched() {
    return bytes.sum();
  }

  RangeBuffers buffers() {
    return buffers;
  }

  long rangeBytes() {
    return rangeBytes;
  }

  Limits limits() {
    return limits;
  }

  /// Bytes have come.
  void arrived(long count) {
    bytes.add(count);
  }

  /// What a range needs before it is asked for.
  record Room(Semaphore share, Semaphore requests, ByteBudget memory, ParallelDownloads downloads) {

    /// Takes memory and a request, in an order that all follow.
    void enter(long length) throws IOException, InterruptedException {
      if (!memory.acquireInterruptibly(length)) {
        throw new IOException("the daemon is stopping");
      }
      boolean entered = false;
      try {
        share.acquire();
        try {
          requests.acquire();
          entered = true;
          downloads.ranges.incrementAndGet();
        } finally {
          if (!entered) {
            share.release();
          }
        }
      } finally {
        if (!entered) {
          memory.release(length);
        }
      }
    }

    /// Gives the request back; the memory stays taken until its bytes have been read.
    void arrivedWhole() {
      downloads.ranges.decrementAndGet();
      downloads.finished.increment();
      requests.release();
      share.release();
    }
  }
}
