package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Linux;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings unpacked trees to the disk behind the back of who waits for them, and notes it in the
/// layer's record. Safe for use by many threads.
final class TreeSync {
  private static final Logger LOG = LoggerFactory.getLogger(TreeSync.class);

  private final Path root;
  private final Executor thread;
  private final Predicate<Layer> isThere;
  private final ReentrantLock recording = new ReentrantLock();

  /// @param root the directory of the layers
  /// @param thread on which it is done
  /// @param isThere whether a layer is in the store, or about to be
  TreeSync(Path root, Executor thread, Predicate<Layer> isThere) {
    this.root = root;
    this.thread = thread;
    this.isThere = isThere;
  }

  /// A step in the removal of layers, during which no record is written.
  @FunctionalInterface
  interface Removal {
    void run() throws IOException;
  }

  /// Removes a layer's directory so that no record is written into it any more.
  void removing(Removal removal) throws IOException {
    recording.lock();
    try {
      removal.run();
    } finally {
      recording.unlock();
    }
  }

  /// Notes on the disk that a tree has reached it, once it has.
  void soon(UnpackedLayer layer, LayerRecord record) {
    try {
      thread.execute(() -> sync(layer, record));
    } catch (RejectedExecutionException e) {
      LOG.debug("layer {} is synced after the next start", layer.digest(), e);
    }
  }

  private void sync(UnpackedLayer layer, LayerRecord record) {
    try {
      int fd = TreeFiles.openRoot(layer.tree());
      try {
        Linux.syncfs(fd);
      } finally {
        Linux.close(fd);
      }
      recording.lock();
      try {
        if (isThere.test(layer)) {
          record.synced().write(LayerPaths.of(root, layer.number()).record());
        }
      } finally {
        recording.unlock();
      }
    } catch (IOException e) {
      LOG.warn(
          "Layer {} is unpacked but could not be synced to the disk: {}",
          layer.digest(),
          e.getMessage());
    }
  }
}
