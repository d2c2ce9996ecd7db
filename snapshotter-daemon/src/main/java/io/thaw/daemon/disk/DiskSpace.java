package io.thaw.daemon.disk;

import io.thaw.daemon.disk.DiskState.Level;
import io.thaw.fuse.sys.FilesystemSpace;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches how full the disk is.
///
/// A failed write makes it *full* at once; only a write that succeeds ends that. Too little free
/// space makes it *low*, and only clearly more makes it *normal* again. Safe for use by many
/// threads; questions are answered without a system call.
public final class DiskSpace {
  private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);

  /// A reserve is never more than this part of the file system.
  private static final int LEAST_PARTS = 20;

  private static final long INODE_RESERVE = 10_000;
  private static final long PROBE_BYTES = 4 << 20;

  private final Volume volume;
  private final String place;
  private final long reserveBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile Runnable onRecovery = () -> {};
  private volatile DiskState state;

  /// @param place how messages call the disk
  /// @param reserveBytes what the fill leaves free; at most a twentieth of the file system
  public DiskSpace(Volume volume, String place, long reserveBytes) throws IOException {
    this.volume = volume;
    this.place = place;
    this.reserveBytes = reserveBytes;
    state = new DiskState(Level.NORMAL, "there is room", Instant.now(), volume.space());
    check();
  }

  /// Looks now and then from now on.
  ///
  /// @param onRecovery called when a disk is not full any more
  public void watch(ScheduledExecutorService timer, long periodMillis, Runnable onRecovery) {
    this.onRecovery = onRecovery;
    var _ =
        timer.scheduleWithFixedDelay(
            this::check, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
  }

  /// How it is.
  public DiskState state() {
    return state;
  }

  /// Whether writes fail.
  public boolean isFull() {
    return state.level() == Level.FULL;
  }

  /// Whether there is room for what nobody asked for.
  public boolean hasRoom() {
    return state.level() == Level.NORMAL;
  }

  /// A write has failed for want of space, inodes or quota.
  public void writeFailed(IOException failure) {
    if (!isFull()) {
      enter(Level.FULL, "a write failed: " + failure.getMessage());
    }
  }

  /// Looks now.
  public void check() {
    try {
      FilesystemSpace space = volume.space();
      boolean wasFull = isFull();
      if (wasFull && !canWrite(space)) {
        seen(space);
        return;
      }
      judge(space, wasFull);
      if (wasFull) {
        onRecovery.run();
      }
    } catch (IOException | RuntimeException e) {
      LOG.atWarn().setCause(e).log("cannot tell how full " + place + " is");
    }
  }

  private boolean canWrite(FilesystemSpace space) {
    try {
      volume.tryWrite(Math.min(PROBE_BYTES, Math.max(1 << 16, space.sizeBytes() / LEAST_PARTS)));
      return true;
    } catch (IOException e) {
      if (!DiskErrors.isFull(e)) {
        LOG.atWarn().setCause(e).log("cannot write a trial file to " + place);
      }
      return false;
    }
  }

  private void judge(FilesystemSpace space, boolean wasFull) {
    // Once low, it takes a quarter more to be normal again.
    boolean normal = state.level() == Level.NORMAL;
    long bytes = reserve(reserveBytes, space.sizeBytes(), normal);
    long inodes = reserve(INODE_RESERVE, space.inodes(), normal);
    if (space.freeBytes() < bytes) {
      enterOrSee(
          Level.LOW, "%d bytes are free, less than %d".formatted(space.freeBytes(), bytes), space);
    } else if (space.inodes() > 0 && space.freeInodes() < inodes) {
      enterOrSee(
          Level.LOW,
          "%d inodes are free, less than %d".formatted(space.freeInodes(), inodes),
          space);
    } else {
      enterOrSee(Level.NORMAL, wasFull ? "writes succeed again" : "there is room", space);
    }
  }

  private static long reserve(long wanted, long size, boolean normal) {
    long bounded = Math.min(wanted, size / LEAST_PARTS);
    return normal ? bounded : bounded + bounded / 4;
  }

  private void enterOrSee(Level level, String reason, FilesystemSpace space) {
    seen(space);
    if (state.level() != level) {
      enter(level, reason);
    }
  }

  private void seen(FilesystemSpace space) {
    lock.lock();
    try {
      state = new DiskState(state.level(), state.reason(), state.since(), space);
    } finally {
      lock.unlock();
    }
  }

  private void enter(Level level, String reason) {
    lock.lock();
    try {
      if (state.level() == level) {
        return;
      }
      state = new DiskState(level, reason, Instant.now(), state.space());
    } finally {
      lock.unlock();
    }
    (level == Level.NORMAL ? LOG.atInfo() : LOG.atWarn())
        .addKeyValue("disk", level.name().toLowerCase(Locale.ROOT))
        .addKeyValue("place", place)
        .addKeyValue("freeBytes", state.space().freeBytes())
        .addKeyValue("reason", reason)
        .log("the disk is " + level.name().toLowerCase(Locale.ROOT) + ": " + level.meaning());
  }
}
