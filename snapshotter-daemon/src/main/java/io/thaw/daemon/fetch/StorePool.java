package io.thaw.daemon.fetch;

import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The threads that verify, inflate and write; spans that readers wait for first. The queues are
/// bounded by the memory budget of what is in them.
///
/// What the background brought has threads of its own with less weight for the kernel, because the
/// container computes on the same cores; not with next to none, because a reader may come to want
/// just that span.
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

  private static final int BACKGROUND_NICENESS = 10;

  private final AtomicLong numbers = new AtomicLong();
  private final ThreadPoolExecutor threads;
  private final ThreadPoolExecutor background;

  /// @param size threads of either kind
  StorePool(int size) {
    ThreadFactory factory = Thread.ofPlatform().daemon().name("thaw-store-", 0).factory();
    threads = pool(size, factory);
    ThreadFactory fill = Thread.ofPlatform().daemon().name("thaw-store-fill-", 0).factory();
    background = pool(size, action -> fill.newThread(() -> runNice(action)));
  }

  private static ThreadPoolExecutor pool(int size, ThreadFactory factory) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            size, size, 30, TimeUnit.SECONDS, new PriorityBlockingQueue<>(), factory);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static void runNice(Runnable action) {
    try {
      Linux.setNiceness(BACKGROUND_NICENESS);
    } catch (LinuxException e) {
      SpanScheduler.LOG.debug(
          "the background runs with the weight of all others: {}", e.getMessage());
    }
    action.run();
  }

  /// Runs the action.
  ///
  /// @param kind who wishes for what it brings
  /// @param urgent whether a reader waits for it: it goes before all that are not urgent
  void execute(FetchKind kind, boolean urgent, Runnable action) {
    ThreadPoolExecutor pool = kind == FetchKind.FILL && !urgent ? background : threads;
    pool.execute(new Task(urgent, numbers.getAndIncrement(), action));
  }

  /// Ends after what is queued is done; waits a few seconds at most.
  @Override
  public void close() {
    threads.shutdown();
    background.shutdown();
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)
          || !background.awaitTermination(5, TimeUnit.SECONDS)) {
        SpanScheduler.LOG.warn(
            "{} spans that had arrived were not stored in time; they will be fetched again.",
            threads.getQueue().size() + background.getQueue().size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
