package io.thaw.daemon.layer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// When a layer was used last; remembered over restarts to about a minute. Safe for use by many
/// threads, and cheap enough for every read.
final class LastUse {
  private static final Logger LOG = LoggerFactory.getLogger(LastUse.class);
  private static final long GRAIN_MILLIS = Duration.ofMinutes(1).toMillis();

  private final Path file;
  private final AtomicLong writtenMillis;
  private volatile long millis;

  private LastUse(Path file, long millis) {
    this.file = file;
    this.millis = millis;
    writtenMillis = new AtomicLong(millis);
  }

  /// What is recorded; now for a layer that is new.
  static LastUse of(LayerPaths paths) throws IOException {
    Path file = paths.used();
    long millis =
        Files.exists(file)
            ? Files.getLastModifiedTime(file).toMillis()
            : System.currentTimeMillis() - GRAIN_MILLIS;
    return new LastUse(file, millis);
  }

  Instant instant() {
    return Instant.ofEpochMilli(millis);
  }

  /// It is being used.
  void now() {
    long now = System.currentTimeMillis();
    millis = now;
    long written = writtenMillis.get();
    if (now - written >= GRAIN_MILLIS && writtenMillis.compareAndSet(written, now)) {
      write(now);
    }
  }

  private void write(long now) {
    try {
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
      Files.setLastModifiedTime(file, FileTime.fromMillis(now));
    } catch (IOException e) {
      // Only the order of eviction after a restart depends on it.
      LOG.debug("cannot record the use of {}: {}", file, e.getMessage());
    }
  }
}
