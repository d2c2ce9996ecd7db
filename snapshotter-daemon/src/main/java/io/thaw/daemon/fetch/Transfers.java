package io.thaw.daemon.fetch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Runs range jobs: request, cut into spans, pass on to be stored; and deals with every way this
/// can fail.
final class Transfers {
  private static final long SPOOL_MEMORY = 1 << 16;
  private static final int PERMANENT_ATTEMPTS = 3;
  private static final long UNUSED_SECONDS = 10;

  private record Active(RangeJob job, SpanStream stream) {}

  private final FetchConfig config;
  private final FetchEvents events;
  private final FillPlan plan;
  private final Backoff backoff;
  private final ByteBudget memory;
  private final SpanBuffers buffers;
  private final DemandGate gate;
  private final DemandGate calm = new DemandGate(0);
  private final Semaphore demandSlots;
  private final ExecutorService demandThreads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("thaw-demand-", 0).factory());
  private final StorePool stores;
  private final ScheduledExecutorService timer;
  private final Set<Active> active = ConcurrentHashMap.newKeySet();
  private final Set<RangeJob> delayed = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Transfers(FetchConfig config, FetchEvents events, FillPlan plan, Backoff backoff) {
    this.config = config;
    this.events = events;
    this.plan = plan;
    this.backoff = backoff;
    memory = new ByteBudget(config.memoryBytes(), config.memoryBytes() / 4);
    buffers = new SpanBuffers(config.memoryBytes());
    gate = new DemandGate(config.fillQuiet().toNanos());
    demandSlots = new Semaphore(config.demandRequests(), true);
    stores = new StorePool(config.decodeThreads());
    timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("thaw-fetch-timer").factory());
    long period = Math.max(1, config.stallTimeout().toMillis() / 4);
    var _ = timer.scheduleWithFixedDelay(this::breakStalled, period, period, TimeUnit.MILLISECONDS);
    var _ =
        timer.scheduleWithFixedDelay(
            this::giveBackMemory, UNUSED_SECONDS, UNUSED_SECONDS, TimeUnit.SECONDS);
  }

  /// The collector gives memory back to the host only when it collects, which it does not while
  /// nothing happens.
  private void giveBackMemory() {
    if (buffers.drop(TimeUnit.SECONDS.toNanos(UNUSED_SECONDS))) {
      System.gc();
    }
  }

  long peakMemoryBytes() {
    return memory.peak();
  }

  int pausing() {
    return gate.pausing();
  }

  void recheckPauses() {
    gate.recheck();
  }

  /// Runs the job on a thread of its own.
  void submit(RangeJob job) {
    if (!job.demand()) {
      Thread.ofVirtual().name("thaw-fetch").start(() -> run(job));
      return;
    }
    demandThreads.execute(
        () -> {
          demandSlots.acquireUninterruptibly();
          try {
            run(job);
          } finally {
            demandSlots.release();
          }
        });
  }

  /// Runs the job on this thread until its spans have been passed on, taken over, or a transfer
  /// failed.
  void run(RangeJob job) {
    boolean background = job.kind() == FetchKind.FILL;
    if (!background) {
      gate.enter();
    }
    if (job.demand()) {
      calm.enter();
    }
    try {
      for (var run = job.layer().nextRun(job); !run.isEmpty(); run = job.layer().nextRun(job)) {
        transfer(job, run);
      }
    } catch (IOException e) {
      failed(job, e);
    } catch (RuntimeException | OutOfMemoryError e) {
      SpanScheduler.LOG.error(
          "Layer {}: a transfer failed unexpectedly.", job.layer().target().name(), e);
      failed(job, new IOException("the transfer failed unexpectedly: " + e, e));
    } finally {
      if (job.demand()) {
        calm.leave();
      }
      if (!background) {
        gate.leave();
      }
    }
  }

  /// Waits while readers wait for the network, some seconds at most.
  void awaitCalm() {
    calm.pause(() -> closed);
  }

  private void transfer(RangeJob job, List<SpanFlight> run) throws IOException {
    SpanTarget target = job.layer().target();
    long start = target.compressedStart(run.getFirst().span);
    long end = target.compressedEnd(run.getLast().span);
    if (job.kind() == FetchKind.FILL) {
      gate.pause(() -> closed || job.layer().isClosed() || run.getFirst().urgent());
    }
    if (closed) {
      throw new IOException("the daemon is stopping");
    }
    events.rangeRequested(job.kind(), end - start);
    long since = System.nanoTime();
    int arrived = run.getFirst().span;
    try (SpanStream stream = new SpanStream(target.openRange(start, end), start)) {
      Active transfer = new Active(job, stream);
      active.add(transfer);
      try {
        for (SpanFlight flight : run) {
          if (!read(job, flight, stream)) {
            return;
          }
          arrived = flight.span + 1;
        }
      } finally {
        active.remove(transfer);
      }
    } finally {
      target.transferred(job.kind(), run.getFirst().span, arrived, end - start, since);
    }
  }

  private boolean read(RangeJob job, SpanFlight flight, SpanStream stream) throws IOException {
    SpanTarget target = job.layer().target();
    long length = target.compressedEnd(flight.span) - target.compressedStart(flight.span);
    long threshold = config.spoolThresholdBytes();
    long held = length > threshold ? Math.min(SPOOL_MEMORY, threshold) : length;
    if (!memory.acquire(held, job.demand() || flight.urgent())) {
      throw new IOException("the daemon is stopping");
    }
    boolean passedOn = false;
    try {
      if (!job.layer().begin(flight, job)) {
        return false;
      }
      if (job.demand() && held == length) {
        passedOn = true;
        storeArriving(job, flight, stream, held);
        return true;
      }
      SpanBytes bytes = receive(job, flight, stream);
      job.failures = 0;
      job.layer().arrived(flight);
      passedOn = true;
      stores.execute(
          job.kind(), job.demand() || flight.urgent(), () -> store(job, flight, bytes, held));
      return true;
    } finally {
      if (!passedOn) {
        memory.release(held);
      }
    }
  }

  /// Stores the span of a waiting reader while it arrives, on the thread that receives it: a core
  /// decodes what is here while the link brings the rest.
  private void storeArriving(RangeJob job, SpanFlight flight, SpanStream stream, long held)
      throws IOException {
    SpanTarget target = job.layer().target();
    SpanBytes.Arriving bytes =
        stream.arriving(
            target.compressedStart(flight.span),
            target.compressedEnd(flight.span),
            buffers,
            () -> {
              job.failures = 0;
              job.layer().arrived(flight);
            });
    store(job, flight, bytes, held);
    IOException failure = bytes.failure();
    if (failure != null) {
      throw failure;
    }
  }

  private SpanBytes receive(RangeJob job, SpanFlight flight, SpanStream stream) throws IOException {
    SpanTarget target = job.layer().target();
    long start = target.compressedStart(flight.span);
    long end = target.compressedEnd(flight.span);
    SpanStream.Pacer pacer =
        job.kind() == FetchKind.FILL ? new FillPacer(job, flight) : SpanStream.Pacer.NONE;
    if (end - start <= config.spoolThresholdBytes()) {
      int length = Math.toIntExact(end - start);
      var bytes = new SpanBytes.InMemory(buffers.take(length), length, buffers::giveBack);
      boolean whole = false;
      try {
        stream.read(start, end, bytes.buffer(), pacer);
        whole = true;
        return bytes;
      } finally {
        if (!whole) {
          bytes.discard();
        }
      }
    }
    Path file = target.spoolFile(flight.span);
    boolean complete = false;
    try (OutputStream out = Files.newOutputStream(file)) {
      stream.copy(start, end, out, pacer);
      complete = true;
    } finally {
      if (!complete) {
        Files.deleteIfExists(file);
      }
    }
    return new SpanBytes.InFile(file, end - start);
  }

  /// Steps aside for readers, and lets bytes gather unless one waits for them.
  private final class FillPacer implements SpanStream.Pacer {
    private final RangeJob job;
    private final SpanFlight flight;
    private final Trickle trickle = new Trickle();

    FillPacer(RangeJob job, SpanFlight flight) {
      this.job = job;
      this.flight = flight;
    }

    @Override
    public void beforePiece() {
      gate.pause(() -> closed || job.layer().isClosed() || flight.urgent());
    }

    @Override
    public void afterPiece(int count) {
      if (!flight.urgent()) {
        trickle.after(count);
      }
    }
  }

  private void store(RangeJob job, SpanFlight flight, SpanBytes bytes, long held) {
    LayerFetches layer = job.layer();
    try {
      try {
        layer.target().store(flight.span, bytes, flight.urgent());
      } finally {
        // Before readers and a closing layer hear of it: nothing of the span is left behind then.
        bytes.discard();
      }
      // Counted first: who saw a span arrive finds it in the figures.
      events.spanStored(
          job.kind(), bytes.length(), Duration.ofNanos(System.nanoTime() - flight.startNanos));
      layer.landed(flight);
      plan.progressed(layer);
      if (layer.target().isComplete()) {
        layer.target().completed();
      }
    } catch (SpanNotKeptException e) {
      RangeJob again = layer.notKept(flight, e);
      if (again != null) {
        submit(again);
      }
    } catch (SpanCorruptException e) {
      corrupted(job, flight, e);
    } catch (IOException e) {
      // The transfer's own failures are dealt with by whoever runs it.
      if (!(bytes instanceof SpanBytes.Arriving arriving) || arriving.failure() == null) {
        unstorable(job, flight, e);
      }
    } catch (RuntimeException | Error e) {
      SpanScheduler.LOG.error(
          "Layer {}: storing span {} failed unexpectedly.", layer.target().name(), flight.span, e);
      unstorable(job, flight, new IOException("storing failed unexpectedly: " + e, e));
    } finally {
      memory.release(held);
    }
  }

  private void corrupted(RangeJob job, SpanFlight flight, SpanCorruptException e) {
    events.digestMismatch();
    RangeJob again = job.layer().corrupted(flight, job.kind(), e);
    if (again != null) {
      later(again, backoff.delayNanos(flight.corruptions));
    }
  }

  private void unstorable(RangeJob job, SpanFlight flight, IOException e) {
    SpanScheduler.LOG.error(
        "Layer {}: span {} arrived but could not be stored: {}",
        job.layer().target().name(),
        flight.span,
        e.getMessage());
    job.layer().failed(flight, e);
    plan.failed(job.layer());
  }

  private void failed(RangeJob job, IOException e) {
    LayerFetches layer = job.layer();
    job.failures++;
    events.transferFailed(job.kind());
    boolean giveUp =
        closed || (e instanceof PermanentFetchException && job.failures >= PERMANENT_ATTEMPTS);
    List<SpanFlight> again = layer.broke(job, e, giveUp);
    int fillFailures = plan.failed(layer);
    if (!closed && (giveUp || (job.demand() ? job.failures : fillFailures) <= 1)) {
      SpanScheduler.LOG.warn(
          "Layer {}: a transfer ({}) failed, {}: {}",
          layer.target().name(),
          job.kind(),
          again.isEmpty() ? "no reader waits for it now" : "it is tried again for the readers",
          e.getMessage());
    }
    if (again.isEmpty()) {
      return;
    }
    RangeJob next = layer.handOver(again);
    if (job.demand()) {
      next.failures = job.failures;
      later(next, backoff.delayNanos(job.failures));
    } else {
      submit(next);
    }
  }

  private void later(RangeJob job, long delayNanos) {
    delayed.add(job);
    try {
      var _ =
          timer.schedule(
              () -> {
                if (delayed.remove(job)) {
                  submit(job);
                }
              },
              delayNanos,
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      abandon(job);
    }
  }

  private void abandon(RangeJob job) {
    if (delayed.remove(job)) {
      job.layer().broke(job, new IOException("the daemon is stopping"), true);
    }
  }

  private void breakStalled() {
    long now = System.nanoTime();
    for (Active transfer : active) {
      if (now - transfer.stream.lastProgressNanos() > config.stallTimeout().toNanos()) {
        SpanScheduler.LOG.warn(
            "Layer {}: a transfer brought no byte for {} s and is broken off.",
            transfer.job.layer().target().name(),
            config.stallTimeout().toSeconds());
        transfer.stream.close();
      }
    }
  }

  /// Ends the transfers of the layer.
  void breakOff(LayerFetches layer) {
    gate.recheck();
    for (Active transfer : active) {
      if (transfer.job.layer() == layer) {
        transfer.stream.close();
      }
    }
  }

  void close() {
    closed = true;
    timer.shutdownNow();
    delayed.forEach(this::abandon);
    gate.close();
    calm.close();
    memory.close();
    for (Active transfer : active) {
      transfer.stream.close();
    }
    stores.close();
  }
}
