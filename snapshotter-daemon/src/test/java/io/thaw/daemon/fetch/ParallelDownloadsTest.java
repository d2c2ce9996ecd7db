package io.thaw.daemon.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.daemon.fetch.ParallelDownloads.Limits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ParallelDownloadsTest {
  private static final int RANGE = 64 << 10;
  private static final int RANGES_IN_MEMORY = 4;

  private final ParallelDownloads downloads =
      new ParallelDownloads(
          new Limits(
              0,
              3,
              RANGE,
              RANGES_IN_MEMORY * RANGE,
              Duration.ofMinutes(1),
              Duration.ofMillis(1),
              Duration.ofMillis(1)));

  /// Serves a blob from memory; may break its first transfers, hold them up, or ignore ranges.
  private static final class Blob implements BlobSource {
    final byte[] content;
    final AtomicInteger breaking = new AtomicInteger();
    final CountDownLatch asked = new CountDownLatch(1);
    final CountDownLatch answering = new CountDownLatch(1);
    boolean knowsRanges = true;

    Blob(int sizeBytes, long seed) {
      content = new byte[sizeBytes];
      new Random(seed).nextBytes(content);
      answering.countDown();
    }

    private Blob(byte[] content) {
      this.content = content;
    }

    /// One that answers once it is told to.
    static Blob holding(int sizeBytes) {
      return new Blob(new byte[sizeBytes]);
    }

    @Override
    public String name() {
      return "blob";
    }

    @Override
    public long sizeBytes() {
      return content.length;
    }

    @Override
    public InputStream openRange(long start, long end) throws IOException {
      asked.countDown();
      try {
        answering.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
      boolean breaks = breaking.getAndDecrement() > 0;
      int length = (int) (end - start);
      return new ByteArrayInputStream(content, (int) start, breaks ? length / 2 : length);
    }

    @Override
    public InputStream openWhole() {
      return new ByteArrayInputStream(content);
    }

    @Override
    public boolean knowsRanges() {
      return knowsRanges;
    }
  }

  private byte[] read(Blob blob) throws IOException {
    try (InputStream in = downloads.open(blob, downloads.share())) {
      return in.readAllBytes();
    }
  }

  @Test
  void rangesComeInOrderAlsoWhenTheirBuffersAreUsedAgain() throws Exception {
    for (long seed = 1; seed <= 3; seed++) {
      Blob blob = new Blob(20 * RANGE + 77, seed);
      assertThat(read(blob)).as("seed %d", seed).isEqualTo(blob.content);
    }
  }

  @Test
  void aRangeThatBreaksIsTakenUpWhereItStopped() throws Exception {
    Blob blob = new Blob(9 * RANGE + 1, 5);
    blob.breaking.set(4);
    assertThat(read(blob)).isEqualTo(blob.content);
    assertThat(downloads.bytesFetched()).isEqualTo(blob.content.length);
  }

  @Test
  void aHostThatIgnoresRangesIsReadAsOneStream() throws Exception {
    Blob blob = new Blob(5 * RANGE, 6);
    blob.knowsRanges = false;
    assertThat(read(blob)).isEqualTo(blob.content);
  }

  @Test
  void downloadsThatAreInterruptedOrClosedGiveTheirMemoryBack() throws Exception {
    for (int i = 0; i < 2 * RANGES_IN_MEMORY; i++) {
      Blob held = Blob.holding(8 * RANGE);
      CompletableFuture<Void> ended = new CompletableFuture<>();
      Thread reader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      read(held);
                      ended.complete(null);
                    } catch (IOException e) {
                      ended.completeExceptionally(e);
                    }
                  });
      held.asked.await();
      reader.interrupt();
      assertThatThrownBy(ended::join).hasCauseInstanceOf(InterruptedIOException.class);
    }
    // Without the memory this would wait for good.
    Blob blob = new Blob(8 * RANGE, 7);
    assertThat(read(blob)).isEqualTo(blob.content);
  }

  @Test
  void aDownloadThatIsClosedEarlyLeavesTheNextOneItsMemory() throws Exception {
    for (int i = 0; i < 2 * RANGES_IN_MEMORY; i++) {
      Blob blob = new Blob(8 * RANGE, i);
      try (InputStream in = downloads.open(blob, downloads.share())) {
        assertThat(in.read()).isEqualTo(blob.content[0] & 0xff);
      }
    }
    Blob blob = new Blob(8 * RANGE, 9);
    assertThat(read(blob)).isEqualTo(blob.content);
  }
}
