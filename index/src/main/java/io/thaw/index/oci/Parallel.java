package io.thaw.index.oci;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/// Runs independent pieces of work side by side, so that either all succeed or the first failure
/// ends them all.
public final class Parallel {
  private Parallel() {}

  /// Runs all tasks, at most `limit` at once; returns their results in the order of the tasks.
  /// When this returns or throws, no task runs any more.
  ///
  /// @param doing what messages say is going on, such as `uploading`
  /// @throws IOException the first failure of any task; the others are interrupted
  public static <T> List<T> run(
      int limit, ThreadFactory threads, String doing, List<? extends Callable<T>> tasks)
      throws IOException {
    ExecutorService pool = Executors.newFixedThreadPool(limit, threads);
    try {
      ExecutorCompletionService<T> completion = new ExecutorCompletionService<>(pool);
      List<Future<T>> futures = new ArrayList<>();
      tasks.forEach(task -> futures.add(completion.submit(task)));
      for (int i = 0; i < tasks.size(); i++) {
        completion.take().get();
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw failure(doing, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + doing);
    } finally {
      pool.shutdownNow();
      awaitEnd(pool);
    }
  }

  private static IOException failure(String doing, ExecutionException failed) {
    Throwable cause = failed.getCause();
    if (cause instanceof IOException io) {
      return io;
    }
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    throw new IllegalStateException(doing + " failed: " + cause, failed);
  }

  private static void awaitEnd(ExecutorService pool) {
    boolean interrupted = false;
    while (true) {
      try {
        if (pool.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
