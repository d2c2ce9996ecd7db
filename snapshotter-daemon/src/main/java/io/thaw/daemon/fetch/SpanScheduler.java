package io.thaw.daemon.fetch;

import io.thaw.daemon.fetch.LayerFetches.Wish;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides which span of which layer is fetched when; one per daemon.
///
/// - A span is fetched once, however many wish for it at the same time.
/// - A reader's wish goes first: it has its own requests and its own share of memory, it takes
///   spans over from other jobs whose bytes have not begun to arrive, and while it waits for the
///   network the background fill pauses.
/// - What is expected to be needed soon comes next, and the fill pauses for that too.
/// - Neighbouring spans come with one range request.
/// - A transfer that fails is tried again with growing, jittered waits for as long as readers wait;
///   the background leaves the layer alone for a while.
/// - Wrong bytes are never stored; after a few fetches the span's readers get an error, and later
///   readers make it be fetched again.
///
/// Threads: transfers run on virtual threads, because they wait for the network; verifying,
/// inflating and writing runs on a few platform threads with readers' spans first, because it
/// computes and calls into the kernel. See `docs/designs/0007-layer-store-and-span-pipeline.md`.
public final class SpanScheduler implements AutoCloseable {
  static final Logger LOG = LoggerFactory.getLogger(SpanScheduler.class);
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

  /// How many times longer than a reader the fill leaves a source alone that keeps failing: nobody
  /// waits for it, and a registry that lost a blob is not to be asked for it every few seconds.
  private static final int FILL_PATIENCE = 6;

  /// Requests for what readers are expected to want that go on while readers wait: the link is not
  /// to be idle while a reader's span is decoded, nor is the reader to share it with many.
  private static final int ALWAYS_AHEAD = 2;

  private final FetchConfig config;
  private final FetchEvents events;
  private final Room room;
  private final FillPlan plan;
  private final Transfers transfers;
  private final List<Thread> workers = new ArrayList<>();

  private SpanScheduler(FetchConfig config, FetchEvents events, Room room) {
    this.config = config;
    this.events = events;
    this.room = room;
    Backoff backoff = new Backoff(config.backoffInitial(), config.backoffMax());
    Duration fillMax = config.backoffMax().multipliedBy(FILL_PATIENCE);
    plan = new FillPlan(config, new Backoff(config.backoffInitial(), fillMax), room);
    transfers = new Transfers(config, events, plan, backoff);
  }

  /// Starts a scheduler with its threads.
  public static SpanScheduler start(FetchConfig config, FetchEvents events, Room room) {
    SpanScheduler scheduler = new SpanScheduler(config, events, room);
    for (int i = 0; i < config.fillRequests(); i++) {
      scheduler.start("thaw-fill-" + i, scheduler.plan::nextFill);
    }
    for (int i = 0; i < config.aheadRequests(); i++) {
      boolean patient = i >= ALWAYS_AHEAD;
      scheduler.start(
          "thaw-ahead-" + i,
          () -> {
            if (patient) {
              scheduler.transfers.awaitCalm();
            }
            return scheduler.plan.nextWanted();
          });
    }
    return scheduler;
  }

  /// Makes a layer known. Nothing is fetched until somebody wishes for it.
  public LayerFetches register(SpanTarget target) {
    return new LayerFetches(this, target);
  }

  /// Whether spans are fetched that readers are only expected to want.
  public boolean readsAhead() {
    return config.readAheadSpans() > 0;
  }

  FetchConfig config() {
    return config;
  }

  FillPlan plan() {
    return plan;
  }

  /// The most compressed bytes that were ever in memory at a time.
  long peakMemoryBytes() {
    return transfers.peakMemoryBytes();
  }

  /// How many background transfers give way to readers now.
  int pausing() {
    return transfers.pausing();
  }

  void fill(LayerFetches layer) {
    if (config.fillRequests() > 0) {
      plan.add(layer);
    }
  }

  void demand(LayerFetches layer, int first, int end) throws IOException, InterruptedException {
    Wish wish = layer.wish(first, end);
    if (wish.flights().isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    boolean served = false;
    try {
      wish.jobs().forEach(transfers::submit);
      if (room.forReadAhead()) {
        layer.follow(first, end).forEach(transfers::submit);
      }
      transfers.recheckPauses();
      for (SpanFlight flight : wish.flights()) {
        await(layer, flight, start + config.demandTimeout().toNanos());
      }
      served = true;
    } finally {
      layer.leave(wish);
      events.demandWaited(Duration.ofNanos(System.nanoTime() - start), served);
    }
  }

  private void await(LayerFetches layer, SpanFlight flight, long deadlineNanos)
      throws IOException, InterruptedException {
    try {
      flight.done.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new IOException(describe(layer, flight) + ": " + messageOf(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      IOException last = flight.lastError;
      throw new IOException(
          describe(layer, flight)
              + " did not come within "
              + config.demandTimeout().toSeconds()
              + " s"
              + (last == null ? "" : "; the latest transfer failed: " + messageOf(last)),
          last);
    }
  }

  private static String describe(LayerFetches layer, SpanFlight flight) {
    return "span " + flight.span + " of layer " + layer.target().name();
  }

  private static String messageOf(@Nullable Throwable e) {
    return e == null
        ? "unknown"
        : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /// Breaks off the transfers of a layer that is being closed.
  void breakOff(LayerFetches layer) {
    transfers.breakOff(layer);
  }

  private interface Jobs {
    @Nullable RangeJob next() throws InterruptedException;
  }

  private void start(String name, Jobs jobs) {
    workers.add(Thread.ofVirtual().name(name).start(() -> work(jobs)));
  }

  private void work(Jobs jobs) {
    try {
      for (RangeJob job = jobs.next(); job != null; job = jobs.next()) {
        transfers.run(job);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Stops: no new transfer begins, those under way are broken off, spans that have arrived are
  /// stored, readers get an error. Waits a few seconds at most.
  @Override
  public void close() {
    plan.close();
    transfers.close();
    long deadline = System.nanoTime() + CLOSE_WAIT.toNanos();
    try {
      for (Thread worker : workers) {
        long left = deadline - System.nanoTime();
        if (left <= 0 || !worker.join(Duration.ofNanos(left))) {
          LOG.warn(
              "A background transfer did not end within {} s; it is left behind.",
              CLOSE_WAIT.toSeconds());
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
