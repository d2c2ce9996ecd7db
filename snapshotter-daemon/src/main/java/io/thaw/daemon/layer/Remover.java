package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Trees;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes directory trees behind everybody's back: they are renamed out of sight, which is all a
/// caller waits for, and one thread deletes them. What a crash leaves is found at the next start.
/// Safe for use by many threads.
final class Remover implements AutoCloseable {
  /// Begins the names of what is being deleted.
  static final String PREFIX = "removed-";

  private static final Logger LOG = LoggerFactory.getLogger(Remover.class);
  private static final long CLOSE_WAIT_SECONDS = 5;

  private final Path root;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("thaw-remove").factory());

  /// @param root where what is removed is renamed to; on the same file system as all of it
  Remover(Path root) {
    this.root = root;
  }

  /// Takes the directory out of sight; it is deleted some time later. What is gone is fine.
  void remove(Path directory) throws IOException {
    Path leaving = root.resolve(PREFIX + directory.getFileName() + "-" + UUID.randomUUID());
    try {
      Files.move(directory, leaving, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return;
    }
    delete(leaving);
  }

  private void delete(Path leaving) {
    try {
      var _ = thread.submit(() -> tryDelete(leaving));
    } catch (RejectedExecutionException e) {
      // The next start finds it.
      LOG.debug("{} stays until the next start.", leaving);
    }
  }

  private static void tryDelete(Path leaving) {
    try {
      Trees.delete(leaving);
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "{} cannot be deleted now; the next cleanup tries again: {}", leaving, e.getMessage());
    }
  }

  /// Waits until all that was removed so far is deleted; tries again what failed before.
  ///
  /// @throws IOException if something cannot be deleted, after all has been tried
  void await() throws IOException {
    List<Path> leaving = new ArrayList<>();
    List<Future<?>> deletions = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(root, PREFIX + "*")) {
      found.forEach(leaving::add);
    }
    IOException failure = null;
    try {
      for (Path path : leaving) {
        deletions.add(
            thread.submit(
                () -> {
                  Trees.delete(path);
                  return path;
                }));
      }
      for (Future<?> deletion : deletions) {
        failure = outcome(deletion, failure);
      }
    } catch (RejectedExecutionException e) {
      throw new IOException("the daemon is stopping; the next start deletes what is left", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while removed layers were deleted");
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static @Nullable IOException outcome(Future<?> deletion, @Nullable IOException before)
      throws InterruptedException {
    try {
      deletion.get();
      return before;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      IOException failure = new IOException(String.valueOf(cause.getMessage()), cause);
      if (before != null) {
        before.addSuppressed(failure);
        return before;
      }
      return failure;
    }
  }

  /// Begins nothing new and waits some seconds for what is under way.
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.info("A removed layer is still being deleted; the next start deletes the rest.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
