package io.thaw.daemon.fetch;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A layer of random bytes whose neighbouring spans share a byte; counts calls, and can block,
/// fail, lie and be slow to store.
final class FakeTarget implements SpanTarget {
  /// One range request.
  record Range(long start, long end) {}

  /// What happens to a request before its bytes flow.
  interface Behaviour {
    InputStream answer(Range range, InputStream bytes) throws IOException;
  }

  private final int spanBytes;
  private final int count;
  private final byte[] content;
  private final BitSet present = new BitSet();
  private final Path directory;
  final List<Range> requests = new ArrayList<>();
  final List<Integer> stored = new ArrayList<>();
  final Map<Integer, AtomicInteger> attempts = new ConcurrentHashMap<>();
  final AtomicInteger completions = new AtomicInteger();
  volatile Behaviour behaviour = (_, bytes) -> bytes;
  volatile Behaviour storing = (_, bytes) -> bytes;

  FakeTarget(int count, int spanBytes, Path directory) {
    this.count = count;
    this.spanBytes = spanBytes;
    this.directory = directory;
    content = new byte[count * spanBytes];
    new Random(7).nextBytes(content);
  }

  byte[] bytesOf(int span) {
    return Arrays.copyOfRange(content, (int) compressedStart(span), (int) compressedEnd(span));
  }

  synchronized int requestCount() {
    return requests.size();
  }

  synchronized List<Range> requests() {
    return List.copyOf(requests);
  }

  synchronized List<Integer> stored() {
    return List.copyOf(stored);
  }

  @Override
  public String name() {
    return "layer-under-test";
  }

  @Override
  public int spanCount() {
    return count;
  }

  @Override
  public long compressedStart(int span) {
    return span == 0 ? 0 : (long) span * spanBytes - 1;
  }

  @Override
  public long compressedEnd(int span) {
    return (span + 1L) * spanBytes;
  }

  @Override
  public synchronized boolean isPresent(int span) {
    return present.get(span);
  }

  @Override
  public synchronized boolean isComplete() {
    return present.cardinality() == count;
  }

  @Override
  public InputStream openRange(long start, long end) throws IOException {
    Range range = new Range(start, end);
    synchronized (this) {
      requests.add(range);
    }
    return behaviour.answer(
        range, new ByteArrayInputStream(content, (int) start, (int) (end - start)));
  }

  @Override
  public void store(int span, SpanBytes bytes, boolean wanted) throws IOException {
    attempts.computeIfAbsent(span, _ -> new AtomicInteger()).incrementAndGet();
    byte[] got;
    try (InputStream in = bytes.open()) {
      got = in.readAllBytes();
    }
    var _ = storing.answer(new Range(span, span + 1), new ByteArrayInputStream(got));
    if (!Arrays.equals(got, bytesOf(span))) {
      throw new SpanCorruptException(span, "span " + span + " has other bytes");
    }
    synchronized (this) {
      if (present.get(span)) {
        throw new IllegalStateException("span " + span + " is stored twice");
      }
      present.set(span);
      stored.add(span);
    }
  }

  @Override
  public Path spoolFile(int span) {
    return directory.resolve("spool-" + span);
  }

  @Override
  public void completed() {
    completions.incrementAndGet();
  }

  /// Bytes that flow only once the latch is open; closing the stream ends the wait.
  static InputStream gated(CountDownLatch latch, InputStream bytes) {
    return new FilterInputStream(bytes) {
      private final CountDownLatch closed = new CountDownLatch(1);

      @Override
      public int read() throws IOException {
        await();
        return super.read();
      }

      @Override
      public int read(byte[] dst, int offset, int length) throws IOException {
        await();
        return super.read(dst, offset, length);
      }

      private void await() throws IOException {
        try {
          while (!latch.await(5, java.util.concurrent.TimeUnit.MILLISECONDS)) {
            if (closed.getCount() == 0) {
              throw new IOException("stream closed");
            }
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted", e);
        }
      }

      @Override
      public void close() throws IOException {
        closed.countDown();
        super.close();
      }
    };
  }
}
