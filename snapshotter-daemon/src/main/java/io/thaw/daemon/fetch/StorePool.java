package io.thaw.daemon.fetch;

import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The threads that verify, inflate and write; spans that readers wait for first. The queue is
/// bounded by the memory budget of what is in it.
final class StorePool implements AutoCloseable {
  private record Task(boolean urgent, long number, Runnable action)
      implements Runnable, Comparable<Task> {
    @Override
    public void run() {
      action.run();
    }

    @Override
    public int compareTo(Task other) {
      if (urgent != other.urgent) {
        return urgent ? -1 : 1;
      }
      return Long.compare(number, other.number);
    }
  }

  private final AtomicLong numbers = new AtomicLong();
  private final ThreadPoolExecutor threads;

  StorePool(int size) {
    threads =
        new ThreadPoolExecutor(
            size,
            size,
            30,
            TimeUnit.SECONDS,
            new PriorityBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("thaw-store-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /// Runs the action, before all that are not urgent if it is.
  void execute(boolean urgent, Runnable action) {
    threads.execute(new Task(urgent, numbers.getAndIncrement(), action));
  }

  /// Ends after what is queued is done; waits a few seconds at most.
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        SpanScheduler.LOG.warn(
            "{} spans that had arrived were not stored in time; they will be fetched again.",
            threads.getQueue().size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
