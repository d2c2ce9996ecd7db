package io.thaw.it.chaos;

import io.thaw.it.node.SnapshotsClient;
import io.thaw.it.node.Thawd;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A daemon that dies without warning and is started again on the same root. Callers ask for its
/// present life before each call; those that fail while it ends can tell so.
final class MortalDaemon implements AutoCloseable {
  private static final long LIFE_MINUTES = 5;

  private final Thawd.Setup setup;
  private Thawd thawd;
  private volatile Life life;

  MortalDaemon(Thawd.Setup setup) throws IOException {
    this.setup = setup;
    this.thawd = Thawd.start(setup);
    this.life = new Life(0, CompletableFuture.completedFuture(new SnapshotsClient(thawd.socket())));
  }

  /// The time from a start to the next kill.
  ///
  /// @param client of the daemon, once it answers
  record Life(int number, CompletableFuture<SnapshotsClient> client) {}

  /// The present life, which may have to begin first.
  Life life() {
    return life;
  }

  /// Whether the daemon was killed since [#life] gave this; a call that failed may have failed for
  /// that.
  boolean isOver(Life earlier) {
    return earlier.number() != life.number();
  }

  /// The client of a life, waiting for its beginning.
  static SnapshotsClient client(Life life) throws IOException {
    try {
      return life.client().get(LIFE_MINUTES, TimeUnit.MINUTES);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("The daemon did not come back", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the daemon was away", e);
    }
  }

  /// Kills it and starts it again; returns when it answers. One thread only calls this.
  void killAndRestart() throws IOException {
    Life ended = life;
    CompletableFuture<SnapshotsClient> next = new CompletableFuture<>();
    // First, so that nobody takes a failed call for anything but this.
    life = new Life(ended.number() + 1, next);
    try {
      thawd.kill();
      thawd = Thawd.start(setup);
      next.complete(new SnapshotsClient(thawd.socket()));
    } catch (IOException e) {
      next.completeExceptionally(e);
      throw e;
    }
    client(ended).close();
  }

  @Override
  public void close() throws IOException {
    Life last = life;
    if (last.client().isDone() && !last.client().isCompletedExceptionally()) {
      client(last).close();
    }
    thawd.close();
  }
}
