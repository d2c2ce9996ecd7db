package io.thaw.daemon.fetch;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The fetches of one layer: which spans are on their way, who waits for them, which came corrupt.
///
/// Obtained from {@link SpanScheduler#register}; safe for use by many threads. The lock guards
/// state only and is never held while waiting for bytes.
public final class LayerFetches implements AutoCloseable {
  private static final long CLOSE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// What a reader waits for, and the jobs that have to be started for it.
  record Wish(List<SpanFlight> flights, List<RangeJob> jobs) {}

  private final SpanScheduler scheduler;
  private final SpanTarget target;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition landed = lock.newCondition();
  private final Map<Integer, SpanFlight> flights = new HashMap<>();
  private final CorruptSpans corrupt = new CorruptSpans();
  private int fillCursor;
  private int demandEnd = -1;
  private int aheadEnd = -1;
  private int aheadWindow;
  private volatile boolean closed;
  private volatile @Nullable FetchTrouble trouble;

  LayerFetches(SpanScheduler scheduler, SpanTarget target) {
    this.scheduler = scheduler;
    this.target = target;
  }

  boolean isClosed() {
    return closed;
  }

  SpanTarget target() {
    return target;
  }

  /// The latest failure of a transfer, if nothing has arrived since.
  public Optional<FetchTrouble> trouble() {
    return Optional.ofNullable(trouble);
  }

  private void recordTrouble(IOException error) {
    FetchTrouble last = trouble;
    trouble =
        new FetchTrouble(
            Instant.now(),
            last == null ? 1 : last.failures() + 1,
            error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage());
  }

  /// Waits until the spans `[first, end)` are present.
  ///
  /// @throws IOException if one of them cannot be had within the configured time, or is corrupt
  /// @throws InterruptedException if the reader is not interested any more; the spans come all the
  ///     same
  public void demand(int first, int end) throws IOException, InterruptedException {
    scheduler.demand(this, first, end);
  }

  /// Wishes for the spans `[first, end)` soon; returns at once.
  ///
  /// @param rank wishes of all layers are served from the lowest rank to the highest
  public void prefetch(int first, int end, int rank) {
    scheduler.plan().want(this, FetchKind.PREFETCH, first, end, rank);
  }

  /// Wishes for the spans `[first, end)` because a reader is expected to want them any moment,
  /// ahead of all {@link #prefetch}; returns at once.
  ///
  /// @param rank wishes of all layers are served from the lowest rank to the highest
  public void readAhead(int first, int end, int rank) {
    scheduler.plan().want(this, FetchKind.READ_AHEAD, first, end, rank);
  }

  /// Takes back what {@link #readAhead} wished for and has not begun to come.
  public void stopReadAhead() {
    scheduler.plan().unwant(this, FetchKind.READ_AHEAD);
  }

  /// Waits until the spans `[first, end)` are present, without making them more urgent.
  ///
  /// @return false if they were not within `limit`, or the layer was closed
  public boolean awaitPresent(int first, int end, Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lock();
    try {
      while (!closed && left > 0) {
        if (arePresent(first, end)) {
          return true;
        }
        left = landed.awaitNanos(left);
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean arePresent(int first, int end) {
    for (int span = first; span < end; span++) {
      if (!target.isPresent(span)) {
        return false;
      }
    }
    return true;
  }

  /// Wishes for all spans, in the background; returns at once.
  public void fill() {
    scheduler.fill(this);
  }

  /// Wishes for nothing more; what is on its way still arrives.
  public void stopFill() {
    scheduler.plan().remove(this);
  }

  /// Ends all fetches: readers get an error, transfers are broken off, and nothing is stored any
  /// more once this returns.
  @Override
  public void close() {
    stopFill();
    lock.lock();
    try {
      closed = true;
      landed.signalAll();
      for (SpanFlight flight : List.copyOf(flights.values())) {
        if (flight.state == SpanFlight.State.CLAIMED) {
          end(flight, new IOException("layer " + target.name() + " is being closed"));
        }
      }
    } finally {
      lock.unlock();
    }
    scheduler.breakOff(this);
    awaitLanded();
  }

  private void awaitLanded() {
    long left = CLOSE_WAIT_NANOS;
    lock.lock();
    try {
      while (!flights.isEmpty() && left > 0) {
        left = landed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /// Registers a reader for the absent spans of `[first, end)` and claims those that nobody, or
  /// nobody as urgent, is about to fetch.
  Wish wish(int first, int end) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("layer " + target.name() + " is closed");
      }
      // Before anything is claimed: a claim without a job would never land.
      corrupt.refuse(first, end);
      List<SpanFlight> awaited = new ArrayList<>();
      List<SpanFlight> claimed = new ArrayList<>();
      for (int span = first; span < end; span++) {
        if (!target.isReadable(span)) {
          awaited.add(flightFor(span, claimed));
        }
      }
      for (SpanFlight flight : awaited) {
        flight.waiters.incrementAndGet();
      }
      return new Wish(
          awaited, jobs(FetchKind.DEMAND, claimed, scheduler.config().demandRangeBytes()));
    } finally {
      lock.unlock();
    }
  }

  private SpanFlight flightFor(int span, List<SpanFlight> claimed) {
    SpanFlight flight = flights.get(span);
    if (flight == null) {
      flight = new SpanFlight(span);
      flights.put(span, flight);
      claimed.add(flight);
    } else if (flight.state == SpanFlight.State.CLAIMED
        && flight.owner != null
        && isOvertaken(flight.owner)) {
      claimed.add(flight);
    }
    return flight;
  }

  /// What was expected to be needed and flows already is not overtaken: what comes before the
  /// reader's span will be wanted as well, and breaking the answer off would throw away what of it
  /// is on the link.
  private static boolean isOvertaken(RangeJob job) {
    return switch (job.kind()) {
      case DEMAND -> false;
      case READ_AHEAD, PREFETCH -> !job.underWay;
      case FILL -> true;
    };
  }

  /// The reader no longer waits.
  void leave(Wish wish) {
    lock.lock();
    try {
      for (SpanFlight flight : wish.flights) {
        flight.waiters.decrementAndGet();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Claims the spans that a reader of `[first, end)` will likely want next; nothing unless it
  /// reads in order.
  List<RangeJob> follow(int first, int end) {
    int most = scheduler.config().readAheadSpans();
    lock.lock();
    try {
      boolean inOrder =
          demandEnd >= 0 && first >= demandEnd && first <= Math.max(demandEnd, aheadEnd);
      demandEnd = end;
      aheadWindow = inOrder ? Math.min(most, Math.max(1, aheadWindow * 2)) : 0;
      aheadEnd = Math.min(target.spanCount(), end + aheadWindow);
      return closed ? List.of() : jobs(FetchKind.READ_AHEAD, claim(end, aheadEnd), Long.MAX_VALUE);
    } finally {
      lock.unlock();
    }
  }

  /// Claims the next absent neighbours for the background.
  ///
  /// @return the job, or null if nothing is left to claim now
  @Nullable RangeJob claimFill(long maxBytes) {
    lock.lock();
    try {
      corrupt.forEachDue(flights::containsKey, span -> fillCursor = Math.min(fillCursor, span));
      while (!closed && fillCursor < target.spanCount()) {
        int start = fillCursor;
        int end = rangeEnd(start, target.spanCount(), maxBytes);
        fillCursor = end;
        List<RangeJob> jobs = jobs(FetchKind.FILL, claim(start, end), Long.MAX_VALUE);
        if (!jobs.isEmpty()) {
          // What lies behind a gap in the range comes with the next claim.
          unclaim(jobs.subList(1, jobs.size()));
          return jobs.getFirst();
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /// Claims the first absent neighbours of `[first, end)`.
  @Nullable RangeJob claim(FetchKind kind, int first, int end) {
    lock.lock();
    try {
      List<RangeJob> jobs = closed ? List.of() : jobs(kind, claim(first, end), Long.MAX_VALUE);
      if (jobs.isEmpty()) {
        return null;
      }
      unclaim(jobs.subList(1, jobs.size()));
      return jobs.getFirst();
    } finally {
      lock.unlock();
    }
  }

  /// The end of the largest range from `start` on that has at most `maxBytes`, or one span.
  int rangeEnd(int start, int limit, long maxBytes) {
    int end = start + 1;
    while (end < limit && target.compressedEnd(end) - target.compressedStart(start) <= maxBytes) {
      end++;
    }
    return end;
  }

  private void unclaim(List<RangeJob> jobs) {
    for (RangeJob job : jobs) {
      for (SpanFlight flight : job.flights()) {
        flights.remove(flight.span);
        fillCursor = Math.min(fillCursor, flight.span);
      }
    }
  }

  private List<SpanFlight> claim(int first, int end) {
    List<SpanFlight> claimed = new ArrayList<>();
    for (int span = first; span < end; span++) {
      if (!corrupt.isHopeless(span) && !target.isPresent(span) && !flights.containsKey(span)) {
        SpanFlight flight = new SpanFlight(span);
        flights.put(span, flight);
        claimed.add(flight);
      }
    }
    return claimed;
  }

  private List<RangeJob> jobs(FetchKind kind, List<SpanFlight> claimed, long maxBytes) {
    List<RangeJob> jobs = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= claimed.size(); i++) {
      if (i == claimed.size()
          || !together(claimed.get(from), claimed.get(i - 1), claimed.get(i), maxBytes)) {
        RangeJob job = new RangeJob(this, kind, claimed.subList(from, i));
        job.flights().forEach(flight -> flight.owner = job);
        jobs.add(job);
        from = i;
      }
    }
    return jobs;
  }

  private boolean together(SpanFlight first, SpanFlight previous, SpanFlight next, long maxBytes) {
    return next.span == previous.span + 1
        && target.compressedStart(next.span) >= target.compressedEnd(previous.span) - 1
        && target.compressedEnd(next.span) - target.compressedStart(first.span) <= maxBytes;
  }

  /// The neighbouring spans at the head of what the job still has to fetch.
  List<SpanFlight> nextRun(RangeJob job) {
    lock.lock();
    try {
      List<SpanFlight> run = new ArrayList<>();
      for (SpanFlight flight : job.flights()) {
        boolean mine =
            flight.owner == job
                && flight.state == SpanFlight.State.CLAIMED
                && !flight.done.isDone();
        if (mine && (run.isEmpty() || run.getLast().span + 1 == flight.span)) {
          run.add(flight);
        } else if (!run.isEmpty()) {
          break;
        }
      }
      job.underWay = !run.isEmpty();
      return run;
    } finally {
      lock.unlock();
    }
  }

  /// The job is about to read the span.
  ///
  /// @return false if it was taken over or ended meanwhile
  boolean begin(SpanFlight flight, RangeJob job) {
    lock.lock();
    try {
      if (closed
          || flight.owner != job
          || flight.state != SpanFlight.State.CLAIMED
          || flight.done.isDone()) {
        return false;
      }
      flight.state = SpanFlight.State.READING;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// The span's bytes are here.
  void arrived(SpanFlight flight) {
    lock.lock();
    try {
      flight.state = SpanFlight.State.STORING;
    } finally {
      lock.unlock();
    }
  }

  /// The span is stored, or readable without.
  void landed(SpanFlight flight) {
    lock.lock();
    try {
      corrupt.remove(flight.span);
      trouble = null;
      if (!target.isPresent(flight.span)) {
        fillCursor = Math.min(fillCursor, flight.span);
      }
      end(flight, null);
    } finally {
      lock.unlock();
    }
  }

  /// The span came while nobody waited for it and there was no room for it.
  ///
  /// @return the job that fetches it again if a reader waits by now, or null
  @Nullable RangeJob notKept(SpanFlight flight, SpanNotKeptException error) {
    lock.lock();
    try {
      if (flight.urgent() && !closed) {
        flight.state = SpanFlight.State.CLAIMED;
        RangeJob job = new RangeJob(this, FetchKind.DEMAND, List.of(flight));
        flight.owner = job;
        return job;
      }
      fillCursor = Math.min(fillCursor, flight.span);
      end(flight, error);
      return null;
    } finally {
      lock.unlock();
    }
  }

  /// The span cannot be had; whoever waits for it gets `error`.
  void failed(SpanFlight flight, IOException error) {
    lock.lock();
    try {
      fillCursor = Math.min(fillCursor, flight.span);
      end(flight, error);
    } finally {
      lock.unlock();
    }
  }

  /// The job's transfer broke. Flights that nobody waits for end; the others stay.
  ///
  /// @param giveUp whether the others end too
  /// @return the flights that are to be tried again
  List<SpanFlight> broke(RangeJob job, IOException error, boolean giveUp) {
    lock.lock();
    try {
      recordTrouble(error);
      List<SpanFlight> again = new ArrayList<>();
      job.underWay = false;
      for (SpanFlight flight : job.flights()) {
        if (flight.owner != job
            || flight.state == SpanFlight.State.STORING
            || flight.done.isDone()) {
          continue;
        }
        flight.state = SpanFlight.State.CLAIMED;
        flight.lastError = error;
        if (!flight.urgent() || giveUp || closed) {
          fillCursor = Math.min(fillCursor, flight.span);
          end(flight, error);
        } else {
          again.add(flight);
        }
      }
      return again;
    } finally {
      lock.unlock();
    }
  }

  /// Puts the flights on the list of a new job for waiting readers.
  RangeJob handOver(List<SpanFlight> again) {
    lock.lock();
    try {
      RangeJob job = new RangeJob(this, FetchKind.DEMAND, again);
      again.forEach(flight -> flight.owner = job);
      return job;
    } finally {
      lock.unlock();
    }
  }

  /// The span's bytes were wrong.
  ///
  /// @return the job that fetches it again, or null if it was fetched often enough and its readers
  ///     got the error
  @Nullable RangeJob corrupted(SpanFlight flight, FetchKind kind, SpanCorruptException error) {
    FetchConfig config = scheduler.config();
    lock.lock();
    try {
      flight.corruptions++;
      flight.lastError = error;
      if (flight.corruptions < config.corruptAttempts() && !closed) {
        flight.state = SpanFlight.State.CLAIMED;
        RangeJob job =
            new RangeJob(this, flight.urgent() ? FetchKind.DEMAND : kind, List.of(flight));
        flight.owner = job;
        return job;
      }
      recordTrouble(error);
      String reason = String.valueOf(error.getMessage());
      if (corrupt.add(flight.span, reason, config.corruptRetryAfter())) {
        SpanScheduler.LOG.error(
            "Layer {}: span {} stays corrupt after {} fetches: {}. Reads of it fail until the"
                + " source serves the right bytes; others are not affected.",
            target.name(),
            flight.span,
            flight.corruptions,
            reason);
      }
      fillCursor = Math.min(fillCursor, flight.span);
      end(flight, error);
      return null;
    } finally {
      lock.unlock();
    }
  }

  private void end(SpanFlight flight, @Nullable IOException error) {
    flights.remove(flight.span, flight);
    landed.signalAll();
    if (error == null) {
      flight.done.complete(null);
    } else {
      flight.done.completeExceptionally(error);
    }
  }
}
