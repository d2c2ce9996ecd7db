package io.thaw.fuse.kernel;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one mount tells about its requests: how many of each, and failures, at most one line a
/// second.
final class RequestLog {
  private static final Logger LOG = LoggerFactory.getLogger(FuseProtocol.class);
  private static final long INTERVAL_NANOS = 1_000_000_000L;

  private final String filesystem;
  private final LongAdder[] counts = new LongAdder[Opcode.STATX.code() + 1];
  private final LongAdder silenced = new LongAdder();
  private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());

  RequestLog(String filesystem) {
    this.filesystem = filesystem;
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  void count(Opcode opcode) {
    counts[opcode.code()].increment();
  }

  /// Requests of this kind so far.
  long count(int opcode) {
    return counts[opcode].sum();
  }

  void failure(String what) {
    failure(what, null);
  }

  void failure(String what, @Nullable Throwable cause) {
    long now = System.nanoTime();
    long until = quietUntil.get();
    if (now - until < 0 || !quietUntil.compareAndSet(until, now + INTERVAL_NANOS)) {
      silenced.increment();
      return;
    }
    long before = silenced.sumThenReset();
    LOG.warn(
        "layer {}: {}{}",
        filesystem,
        what,
        before == 0 ? "" : " (and " + before + " more failures not logged)",
        cause);
  }
}
