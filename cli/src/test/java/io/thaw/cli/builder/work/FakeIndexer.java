package io.thaw.cli.builder.work;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts what it is asked for, and lets go of a task when the test says so.
public final class FakeIndexer implements ImageIndexer {
  /// A permit lets one task end.
  public final Semaphore mayEnd = new Semaphore(0);

  /// A permit stands for a task that has begun.
  public final Semaphore begun = new Semaphore(0);

  public final List<Task> tasks = new CopyOnWriteArrayList<>();
  public final AtomicInteger atOnce = new AtomicInteger();
  public final AtomicInteger mostAtOnce = new AtomicInteger();
  private final Behaviour behaviour;

  /// What happens to a task that was let go of.
  @FunctionalInterface
  public interface Behaviour {
    Result index(Task task) throws IOException;
  }

  public FakeIndexer(Behaviour behaviour) {
    this.behaviour = behaviour;
  }

  @Override
  public Result index(Task task, JobProgress progress) throws IOException {
    mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
    tasks.add(task);
    try {
      Files.writeString(task.scratch().resolve("ztoc"), "unfinished");
      begun.release();
      mayEnd.acquire();
      return behaviour.index(task);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new java.io.InterruptedIOException("interrupted").initCause(e);
    } finally {
      atOnce.decrementAndGet();
    }
  }
}
