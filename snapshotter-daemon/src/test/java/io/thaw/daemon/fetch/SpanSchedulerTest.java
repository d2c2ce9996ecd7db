package io.thaw.daemon.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SpanSchedulerTest {
  private static final int SPAN = 1000;

  @TempDir Path directory;
  private ExecutorService readers;
  private SpanScheduler scheduler;
  private final FetchCounters counters = new FetchCounters();

  @BeforeEach
  void startReaders() {
    readers = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterEach
  void stop() {
    if (scheduler != null) {
      scheduler.close();
    }
    readers.shutdownNow();
  }

  private FakeTarget target(int spans) {
    return new FakeTarget(spans, SPAN, directory);
  }

  private static FetchConfig config(int fillRequests, int readAhead, Duration demandTimeout) {
    return new FetchConfig(
        8,
        fillRequests,
        1,
        100 * SPAN,
        4 * SPAN,
        64 * SPAN,
        8 * SPAN,
        2,
        readAhead,
        demandTimeout,
        Duration.ofMillis(2),
        Duration.ofMillis(20),
        3,
        Duration.ofSeconds(2),
        Duration.ofMillis(1),
        Duration.ofSeconds(20));
  }

  private LayerFetches register(FetchConfig config, FakeTarget target) {
    scheduler = SpanScheduler.start(config, counters, Room.PLENTY);
    return scheduler.register(target);
  }

  private LayerFetches register(FakeTarget target) {
    return register(config(2, 0, Duration.ofSeconds(20)), target);
  }

  private static void waitFor(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private Future<Void> reader(LayerFetches fetches, int first, int end) {
    Callable<Void> read =
        () -> {
          fetches.demand(first, end);
          return null;
        };
    return readers.submit(read);
  }

  @Test
  void fetchesASpanOnceForAHundredReaders() throws Exception {
    FakeTarget target = target(8);
    CountDownLatch open = new CountDownLatch(1);
    target.behaviour = (_, bytes) -> FakeTarget.gated(open, bytes);
    LayerFetches fetches = register(target);
    List<Future<Void>> reads = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      reads.add(reader(fetches, 3, 4));
    }
    waitFor(() -> target.requestCount() == 1);
    open.countDown();
    for (Future<Void> read : reads) {
      read.get();
    }
    assertThat(target.requests()).containsExactly(new FakeTarget.Range(2999, 4000));
    assertThat(target.stored()).containsExactly(3);
    assertThat(counters.spansStored(FetchKind.DEMAND)).isOne();
    assertThat(counters.bytesFetched()).isEqualTo(1001);
  }

  @Test
  void asksForNeighbouringSpansOfAReadAtOnce() throws Exception {
    FakeTarget target = target(10);
    LayerFetches fetches = register(target);
    fetches.demand(5, 6);
    fetches.demand(2, 9);
    assertThat(target.requests())
        .containsExactlyInAnyOrder(
            new FakeTarget.Range(4999, 6000),
            new FakeTarget.Range(1999, 5000),
            new FakeTarget.Range(5999, 9000));
    assertThat(target.stored()).containsExactlyInAnyOrder(5, 2, 3, 4, 6, 7, 8);
  }

  @Test
  void fillsALayerWithLargeRangesAndSaysSo() throws Exception {
    FakeTarget target = target(10);
    register(target).fill();
    waitFor(() -> target.completions.get() > 0);
    assertThat(target.requests())
        .containsExactlyInAnyOrder(
            new FakeTarget.Range(0, 4000),
            new FakeTarget.Range(3999, 7000),
            new FakeTarget.Range(6999, 10000));
    waitFor(() -> counters.spansStored(FetchKind.FILL) == 10);
  }

  @Test
  void letsAReaderOvertakeTheBackground() throws Exception {
    FakeTarget target = target(12);
    CountDownLatch fill = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(2);
    target.behaviour =
        (range, bytes) -> {
          if (range.end() - range.start() <= 1001) {
            return bytes;
          }
          begun.countDown();
          return FakeTarget.gated(fill, bytes);
        };
    LayerFetches fetches = register(target);
    fetches.fill();
    begun.await();
    // Spans 0..3 and 4..6 are on the lists of stuck fills: 2 is taken over, 9 nobody has claimed.
    fetches.demand(2, 3);
    fetches.demand(9, 10);
    assertThat(target.stored()).containsExactlyInAnyOrder(2, 9);
    fill.countDown();
    waitFor(target::isComplete);
    assertThat(target.stored()).doesNotHaveDuplicates();
  }

  @Test
  void pausesTheFillWhileAReaderWaitsForTheNetwork() throws Exception {
    FakeTarget target = target(40);
    CountDownLatch demand = new CountDownLatch(1);
    target.behaviour =
        (range, bytes) ->
            range.start() == 19_999 && range.end() == 21_000
                ? FakeTarget.gated(demand, bytes)
                : bytes;
    LayerFetches fetches = register(target);
    Future<Void> read = reader(fetches, 20, 21);
    waitFor(() -> target.requestCount() == 1);
    fetches.fill();
    waitFor(() -> scheduler.pausing() == 2);
    assertThat(target.requestCount()).isOne();
    demand.countDown();
    read.get();
    waitFor(target::isComplete);
  }

  @Test
  void neverStoresACorruptSpanAndServesTheOthers() throws Exception {
    FakeTarget target = target(6);
    AtomicBoolean lying = new AtomicBoolean(true);
    target.behaviour = (range, bytes) -> lying.get() ? flipped(range, bytes, 2500) : bytes;
    LayerFetches fetches = register(target);
    assertThatThrownBy(() -> fetches.demand(0, 6))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("span 2 of layer layer-under-test")
        .hasRootCauseInstanceOf(SpanCorruptException.class);
    waitFor(() -> target.stored().size() == 5);
    assertThat(target.stored()).doesNotContain(2);
    assertThat(target.attempts.get(2)).hasValue(3);
    assertThat(counters.digestMismatches()).isEqualTo(3);

    // For a while nobody asks the source again, then the right bytes are accepted.
    int asked = target.requestCount();
    assertThatThrownBy(() -> fetches.demand(2, 3)).isInstanceOf(SpanCorruptException.class);
    assertThat(target.requestCount()).isEqualTo(asked);
    lying.set(false);
    waitFor(
        () -> {
          try {
            fetches.demand(2, 3);
            return true;
          } catch (IOException e) {
            return false;
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(target.isPresent(2)).isTrue();
  }

  private static InputStream flipped(FakeTarget.Range range, InputStream bytes, long at)
      throws IOException {
    byte[] all = bytes.readAllBytes();
    if (range.start() <= at && at < range.end()) {
      all[(int) (at - range.start())] ^= 1;
    }
    return new java.io.ByteArrayInputStream(all);
  }

  @Test
  void claimsNothingForAReadItRefuses() throws Exception {
    FakeTarget target = target(6);
    AtomicBoolean lying = new AtomicBoolean(true);
    target.behaviour = (range, bytes) -> lying.get() ? flipped(range, bytes, 2500) : bytes;
    LayerFetches fetches = register(target);
    assertThatThrownBy(() -> fetches.demand(2, 3)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> fetches.demand(1, 3)).isInstanceOf(IOException.class);
    lying.set(false);
    fetches.demand(1, 2);
    fetches.fill();
    waitFor(target::isComplete);
  }

  @Test
  void fillsASpanThatWasCorruptOnceTheSourceIsRepaired() throws Exception {
    FakeTarget target = target(6);
    AtomicBoolean lying = new AtomicBoolean(true);
    target.behaviour = (range, bytes) -> lying.get() ? flipped(range, bytes, 2500) : bytes;
    LayerFetches fetches = register(target);
    fetches.fill();
    waitFor(() -> counters.digestMismatches() >= 3 && target.stored().size() == 5);
    lying.set(false);
    waitFor(target::isComplete);
  }

  @Test
  void refetchesASpanThatCameCorruptOnce() throws Exception {
    FakeTarget target = target(3);
    AtomicInteger requests = new AtomicInteger();
    target.behaviour =
        (range, bytes) -> requests.incrementAndGet() == 1 ? flipped(range, bytes, 1500) : bytes;
    LayerFetches fetches = register(target);
    fetches.demand(1, 2);
    assertThat(target.isPresent(1)).isTrue();
    assertThat(counters.digestMismatches()).isOne();
  }

  @Test
  void waitsUntilTheSourceIsBack() throws Exception {
    FakeTarget target = target(4);
    AtomicInteger refused = new AtomicInteger();
    AtomicBoolean down = new AtomicBoolean(true);
    target.behaviour =
        (_, bytes) -> {
          if (down.get()) {
            refused.incrementAndGet();
            throw new IOException("connection refused");
          }
          return bytes;
        };
    LayerFetches fetches = register(target);
    Future<Void> read = reader(fetches, 1, 3);
    waitFor(() -> refused.get() > 5);
    assertThat(read.isDone()).isFalse();
    down.set(false);
    read.get();
    assertThat(target.stored()).containsExactlyInAnyOrder(1, 2);
    assertThat(counters.transfersFailed(FetchKind.DEMAND)).isGreaterThan(5);
  }

  @Test
  void resumesWhereATransferBroke() throws Exception {
    FakeTarget target = target(6);
    AtomicInteger requests = new AtomicInteger();
    target.behaviour =
        (_, bytes) ->
            requests.incrementAndGet() == 1
                ? new java.io.ByteArrayInputStream(bytes.readNBytes(2500))
                : bytes;
    LayerFetches fetches = register(target);
    fetches.demand(0, 6);
    assertThat(target.requests())
        .containsExactly(new FakeTarget.Range(0, 6000), new FakeTarget.Range(1999, 6000));
    assertThat(target.stored()).doesNotHaveDuplicates();
  }

  @Test
  void failsAReaderWhoseTimeIsUpAndSaysWhy() {
    FakeTarget target = target(2);
    target.behaviour =
        (_, _) -> {
          throw new IOException("connection refused by registry.example");
        };
    LayerFetches fetches = register(config(1, 0, Duration.ofSeconds(1)), target);
    assertThatThrownBy(() -> fetches.demand(0, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("span 0 of layer layer-under-test did not come")
        .hasMessageContaining("connection refused by registry.example");
    assertThat(counters.failedDemandWaits()).isOne();
  }

  @Test
  void givesUpSoonWhenTheSourceSaysNo() {
    FakeTarget target = target(2);
    target.behaviour =
        (_, _) -> {
          throw new PermanentFetchException("blob unknown", new IOException("404"));
        };
    LayerFetches fetches = register(target);
    assertThatThrownBy(() -> fetches.demand(0, 1)).hasMessageContaining("blob unknown");
    assertThat(target.requestCount()).isEqualTo(3);
  }

  @Test
  void tellsReadersAtOnceWhenBytesCannotBeStored() {
    FakeTarget target = target(2);
    target.storing =
        (_, _) -> {
          throw new IOException("no space left on device");
        };
    LayerFetches fetches = register(target);
    assertThatThrownBy(() -> fetches.demand(0, 1)).hasMessageContaining("no space left on device");
    assertThat(target.requestCount()).isOne();
  }

  @Test
  void keepsWithinItsMemory() throws Exception {
    FakeTarget target = new FakeTarget(400, 7 * SPAN, directory);
    LayerFetches fetches = register(config(6, 0, Duration.ofSeconds(30)), target);
    fetches.fill();
    List<Future<Void>> reads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      reads.add(reader(fetches, 10 * i, 10 * i + 3));
    }
    for (Future<Void> read : reads) {
      read.get();
    }
    waitFor(target::isComplete);
    assertThat(scheduler.peakMemoryBytes()).isPositive().isLessThanOrEqualTo(64 * SPAN);
    assertThat(target.stored()).doesNotHaveDuplicates();
  }

  @Test
  void takesAHugeSpanThroughAFile() throws Exception {
    FakeTarget target = new FakeTarget(3, 300 * SPAN, directory);
    LayerFetches fetches = register(target);
    fetches.demand(0, 3);
    assertThat(target.isComplete()).isTrue();
    assertThat(scheduler.peakMemoryBytes()).isLessThanOrEqualTo(64 * 1024 * 2L);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void readsAheadOfAReaderThatReadsInOrder() throws Exception {
    FakeTarget target = target(20);
    LayerFetches fetches = register(config(0, 2, Duration.ofSeconds(20)), target);
    fetches.demand(4, 5);
    assertThat(target.stored()).containsExactly(4);
    fetches.demand(5, 6);
    waitFor(() -> target.isPresent(6));
    fetches.demand(7, 8);
    waitFor(() -> target.isPresent(9));
    // A span is present a moment before it is counted.
    waitFor(() -> counters.spansStored(FetchKind.READ_AHEAD) == 3);
    assertThat(target.stored()).containsExactlyInAnyOrder(4, 5, 6, 7, 8, 9);
  }

  @Test
  void prefetchesBeforeItFills() throws Exception {
    FakeTarget target = target(30);
    LayerFetches fetches = register(config(0, 0, Duration.ofSeconds(20)), target);
    fetches.prefetch(20, 29, 0);
    waitFor(() -> target.stored().size() == 9);
    assertThat(counters.rangesRequested(FetchKind.PREFETCH)).isEqualTo(3);
    fetches.fill();
    assertThat(target.stored()).hasSize(9);
  }

  @Test
  void prefetchesByRankOverAllLayers() throws Exception {
    FakeTarget lower = target(10);
    FakeTarget upper = target(10);
    CountDownLatch open = new CountDownLatch(1);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    LayerFetches ofLower = register(config(0, 0, Duration.ofSeconds(20)), lower);
    LayerFetches ofUpper = scheduler.register(upper);
    lower.behaviour = (range, bytes) -> noted(order, "lower", range, open, bytes);
    upper.behaviour = (range, bytes) -> noted(order, "upper", range, open, bytes);
    ofLower.prefetch(9, 10, 0);
    waitFor(() -> order.size() == 1);
    ofUpper.prefetch(5, 6, 3);
    ofUpper.prefetch(0, 1, 1);
    ofLower.prefetch(2, 3, 2);
    ofLower.prefetch(4, 5, 1);
    open.countDown();
    waitFor(() -> order.size() == 5);
    assertThat(order).containsExactly("lower 9", "upper 0", "lower 4", "lower 2", "upper 5");
  }

  private static InputStream noted(
      List<String> order,
      String layer,
      FakeTarget.Range range,
      CountDownLatch open,
      InputStream bytes) {
    order.add(layer + " " + (range.start() + 1) / SPAN);
    return FakeTarget.gated(open, bytes);
  }

  @Test
  void letsAReaderWaitForAPrefetchThatFlowsAndOvertakeOneThatDoesNot() throws Exception {
    FakeTarget target = target(12);
    CountDownLatch open = new CountDownLatch(1);
    target.behaviour = (range, bytes) -> range.start() == 0 ? FakeTarget.gated(open, bytes) : bytes;
    LayerFetches fetches = register(config(0, 0, Duration.ofSeconds(20)), target);
    fetches.prefetch(0, 4, 0);
    waitFor(() -> target.requestCount() == 1);
    fetches.prefetch(4, 8, 1);
    Future<Void> follower = reader(fetches, 2, 3);
    // Not begun, so the reader does not wait for what stands before it.
    fetches.demand(6, 7);
    assertThat(target.stored()).containsExactly(6);
    open.countDown();
    follower.get();
    waitFor(() -> target.stored().size() == 8);
    assertThat(target.requests())
        .containsExactlyInAnyOrder(
            new FakeTarget.Range(0, 4000),
            new FakeTarget.Range(5999, 7000),
            new FakeTarget.Range(3999, 6000),
            new FakeTarget.Range(6999, 8000));
  }

  @Test
  void fillsOtherLayersWhileOneSourceIsDown() throws Exception {
    FakeTarget dead = target(10);
    AtomicBoolean down = new AtomicBoolean(true);
    dead.behaviour =
        (_, bytes) -> {
          if (down.get()) {
            throw new IOException("down");
          }
          return bytes;
        };
    FakeTarget alive = target(30);
    LayerFetches first = register(config(1, 0, Duration.ofSeconds(20)), dead);
    first.fill();
    scheduler.register(alive).fill();
    waitFor(alive::isComplete);
    assertThat(dead.stored()).isEmpty();
    down.set(false);
    waitFor(dead::isComplete);
  }

  @Test
  void stopsWithReadersAndFillsUnderWay() throws Exception {
    FakeTarget target = target(20);
    CountDownLatch never = new CountDownLatch(1);
    target.behaviour = (_, bytes) -> FakeTarget.gated(never, bytes);
    LayerFetches fetches = register(target);
    fetches.fill();
    Future<Void> read = reader(fetches, 12, 13);
    waitFor(() -> target.requestCount() >= 1);
    scheduler.close();
    assertThatThrownBy(read::get).hasRootCauseInstanceOf(IOException.class);
    assertThat(target.stored()).isEmpty();
  }

  @Test
  void storesNothingMoreOnceALayerIsClosed() throws Exception {
    FakeTarget target = target(20);
    CountDownLatch never = new CountDownLatch(1);
    target.behaviour = (_, bytes) -> FakeTarget.gated(never, bytes);
    LayerFetches fetches = register(target);
    fetches.fill();
    Future<Void> read = reader(fetches, 12, 13);
    waitFor(() -> target.requestCount() >= 1);
    fetches.close();
    assertThatThrownBy(read::get).hasRootCauseInstanceOf(IOException.class);
    assertThatThrownBy(() -> fetches.demand(0, 1)).hasMessageContaining("closed");
    never.countDown();
    assertThat(target.stored()).isEmpty();
  }
}
