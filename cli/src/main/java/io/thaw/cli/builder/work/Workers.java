package io.thaw.cli.builder.work;

import io.thaw.cli.builder.queue.Job;
import io.thaw.cli.builder.queue.JobState;
import io.thaw.cli.builder.queue.JobStore;
import io.thaw.config.BuilderRule;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads that take jobs from the queue and work on them.
///
/// They are platform threads, because indexing is computing. Each works on one job at a time in a
/// scratch directory of its own. A thread that finds nothing due sleeps until a job is added, one
/// ends, or the next retry is due.
public final class Workers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Workers.class);

  /// How long a thread sleeps at most, and how long it leaves a queue alone that failed.
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final JobStore store;
  private final Function<String, Optional<BuilderRule>> rules;
  private final ImageIndexer indexer;
  private final WorkEvents events;
  private final WorkDirectory scratch;
  private final InstantSource clock;
  private final List<Thread> threads = new ArrayList<>();
  private final Map<Long, Running> running = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long changes;
  private volatile boolean closing;

  /// Told how jobs end; called by the workers.
  public interface WorkEvents {
    /// An attempt has ended.
    ///
    /// @param state what the job is now
    /// @param nanos how long the attempt took
    void ended(Job job, JobState state, long nanos);

    /// A job's image has been indexed.
    void indexed(Job job, long layers, long bytes);
  }

  /// A job and how far it is.
  public record Running(Job job, JobProgress progress) {}

  /// @param rules finds a rule by name
  /// @param scratch the workers' own directory; what is in it is removed at the start
  public Workers(
      JobStore store,
      Function<String, Optional<BuilderRule>> rules,
      ImageIndexer indexer,
      WorkEvents events,
      Path scratch,
      InstantSource clock) {
    this.store = store;
    this.rules = rules;
    this.indexer = indexer;
    this.events = events;
    this.scratch = new WorkDirectory(scratch);
    this.clock = clock;
  }

  /// Starts the threads.
  public void start(int count) throws IOException {
    scratch.clear();
    for (int i = 1; i <= count; i++) {
      threads.add(Thread.ofPlatform().name("worker-" + i).start(this::work));
    }
  }

  /// A job was added to the queue.
  public void wake() {
    lock.lock();
    try {
      changes++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// What is being worked on now, the oldest job first.
  public List<Running> running() {
    return running.values().stream()
        .sorted(Comparator.comparingLong(job -> job.job().id()))
        .toList();
  }

  /// Whether all threads are there.
  public boolean healthy() {
    return threads.stream().allMatch(Thread::isAlive);
  }

  private void work() {
    while (!closing) {
      long seen = changes();
      try {
        Optional<Job> job = store.claim();
        if (job.isPresent()) {
          attempt(job.get());
          wake();
        } else {
          sleep(seen, untilDue());
        }
      } catch (IOException e) {
        if (!closing) {
          log.error("The queue cannot be used: {}", e.getMessage(), e);
          sleep(changes(), PAUSE);
        }
      }
    }
  }

  private void attempt(Job job) throws IOException {
    long start = System.nanoTime();
    JobProgress progress = new JobProgress();
    running.put(job.id(), new Running(job, progress));
    log.info("Job {}: {} by rule {}, attempt {}", job.id(), job.image(), rule(job), job.attempts());
    JobState state = JobState.RUNNING;
    try {
      state = settle(job, run(job, progress));
    } finally {
      running.remove(job.id());
      events.ended(job, state, System.nanoTime() - start);
    }
  }

  private static String rule(Job job) {
    return job.request().rule();
  }

  /// How an attempt ended.
  private sealed interface Ending {}

  private record Succeeded(ImageIndexer.Result result) implements Ending {}

  private record Failed(Throwable failure) implements Ending {}

  /// The builder ends, and the job does not.
  private record Interrupted() implements Ending {}

  // Whatever an image makes go wrong is that job's failure, and never the worker's.
  @SuppressWarnings("CatchThrowable")
  private Ending run(Job job, JobProgress progress) {
    Optional<BuilderRule> rule = rules.apply(rule(job));
    if (rule.isEmpty()) {
      return new Succeeded(
          new ImageIndexer.NothingToDo(
              "the rule " + rule(job) + " is not in the configuration any more"));
    }
    try {
      return new Succeeded(index(job, rule.get(), progress));
    } catch (InterruptedIOException e) {
      return closing ? new Interrupted() : new Failed(e);
    } catch (Throwable e) {
      return closing && Thread.currentThread().isInterrupted() ? new Interrupted() : new Failed(e);
    }
  }

  private ImageIndexer.Result index(Job job, BuilderRule rule, JobProgress progress)
      throws IOException {
    Path dir = scratch.open(job.id());
    try {
      return indexer.index(
          new ImageIndexer.Task(
              job.request().repository(), job.request().tag(), job.request().digest(), rule, dir),
          progress);
    } finally {
      WorkDirectory.remove(dir);
    }
  }

  /// Writes down how an attempt ended, and does not rest before it is on disk: a job that stayed
  /// `running` would hold up all later ones of its target.
  private JobState settle(Job job, Ending ending) throws IOException {
    boolean interrupted = Thread.interrupted();
    while (true) {
      try {
        return record(job, ending);
      } catch (IOException e) {
        log.error("Job {}: its end cannot be written down: {}", job.id(), e.getMessage(), e);
        if (closing) {
          throw e; // The next start finds it running and queues it again.
        }
        sleep(changes(), PAUSE);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private JobState record(Job job, Ending ending) throws IOException {
    return switch (ending) {
      case Interrupted _ -> {
        store.release(job.id());
        log.info("Job {}: queued again, the builder ends", job.id());
        yield JobState.QUEUED;
      }
      case Succeeded(ImageIndexer.Indexed indexed) -> {
        store.done(job.id(), indexed.summary(), indexed.pushed());
        events.indexed(job, indexed.layers(), indexed.bytes());
        log.info("Job {}: {}", job.id(), indexed.summary());
        yield JobState.DONE;
      }
      case Succeeded(ImageIndexer.NothingToDo(String reason)) -> {
        store.skipped(job.id(), reason);
        log.info("Job {}: skipped, {}", job.id(), reason);
        yield JobState.SKIPPED;
      }
      case Failed(Throwable failure) -> {
        JobFailure explained = JobFailure.of(failure);
        JobState state = store.failed(job.id(), explained.error(), explained.mayHelp());
        log.warn(
            "Job {}: {}: {} {}",
            job.id(),
            state.label(),
            explained.error().message(),
            explained.error().remedy(),
            failure instanceof IOException ? null : failure);
        yield state;
      }
    };
  }

  private Duration untilDue() throws IOException {
    return store
        .nextDue()
        .map(due -> Duration.between(clock.instant(), due))
        .filter(wait -> wait.isPositive() && wait.compareTo(PAUSE) < 0)
        .orElse(PAUSE);
  }

  private long changes() {
    lock.lock();
    try {
      return changes;
    } finally {
      lock.unlock();
    }
  }

  /// Sleeps unless something has changed since `seen`.
  private void sleep(long seen, Duration longest) {
    lock.lock();
    try {
      long nanos = longest.toNanos();
      while (changes == seen && !closing && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /// Takes no more jobs, gives those under way so long to end, then interrupts them; they go back
  /// to the queue.
  public void close(Duration grace) {
    closing = true;
    wake();
    long end = System.nanoTime() + grace.toNanos();
    for (Thread thread : threads) {
      join(thread, Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
    }
    threads.forEach(Thread::interrupt);
    threads.forEach(thread -> join(thread, PAUSE.toMillis()));
  }

  @Override
  public void close() {
    close(Duration.ZERO);
  }

  private static void join(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
