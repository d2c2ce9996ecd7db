package io.thaw.daemon.layer;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets a layer be made by one of several callers that want it at the same time. Safe for use by
/// many threads.
final class OncePerLayer {
  private static final Logger LOG = LoggerFactory.getLogger(OncePerLayer.class);

  private final Map<Digest, CompletableFuture<Layer>> pending = new ConcurrentHashMap<>();

  /// Makes a layer, or finds it.
  @FunctionalInterface
  interface Making {
    Layer make() throws IOException;
  }

  /// Whether somebody makes the layer now.
  boolean isMaking(Digest layer) {
    return pending.containsKey(layer);
  }

  /// Runs the work, or waits for that of another caller and takes its layer; should that work be
  /// ended by an interrupt, it takes it over.
  Layer run(Digest layer, Making making) throws IOException {
    while (true) {
      CompletableFuture<Layer> mine = new CompletableFuture<>();
      CompletableFuture<Layer> other = pending.putIfAbsent(layer, mine);
      if (other == null) {
        return make(layer, making, mine);
      }
      try {
        return await(other, layer);
      } catch (AbandonedException e) {
        LOG.debug("the work on layer {} was abandoned and begins anew", layer, e);
      }
    }
  }

  private Layer make(Digest digest, Making making, CompletableFuture<Layer> mine)
      throws IOException {
    try {
      Layer layer = making.make();
      mine.complete(layer);
      return layer;
    } catch (IOException | RuntimeException | Error e) {
      mine.completeExceptionally(e);
      throw e;
    } finally {
      pending.remove(digest, mine);
    }
  }

  /// Somebody else's work on a layer was ended by an interrupt.
  private static final class AbandonedException extends IOException {
    private static final long serialVersionUID = 1L;

    AbandonedException(Throwable cause) {
      super("the work was ended", cause);
    }
  }

  /// Waits for a layer that another thread makes.
  ///
  /// @param what for the message, if it cannot be made
  static Layer await(Future<Layer> future, Object what) throws IOException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof InterruptedIOException) {
        throw new AbandonedException(cause);
      }
      throw new IOException("cannot open " + what + ": " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + what);
    }
  }
}
