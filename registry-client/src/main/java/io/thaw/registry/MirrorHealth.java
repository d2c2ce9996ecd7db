package io.thaw.registry;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Remembers mirrors that failed, so that not every request waits for a dead one.
///
/// After a failure a mirror is left alone for [#FIRST_PAUSE], twice as long after each further
/// failure in a row, at most [#MAX_PAUSE]; the pauses are shortened at random by up to a quarter,
/// so that nodes do not come back in step. When the pause is over, one request tries the mirror
/// while the others go on without it. One success ends it all.
final class MirrorHealth {

  static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  static final Duration MAX_PAUSE = Duration.ofMinutes(2);

  private static final Logger log = LoggerFactory.getLogger(MirrorHealth.class);
  private static final int MAX_DOUBLINGS = 10;
  private static final int MAX_MIRRORS = 1000;

  private final Environment environment;
  private final ConcurrentHashMap<URI, Down> down = new ConcurrentHashMap<>();

  /// @param failures in a row
  /// @param probing whether a request is trying the mirror again
  private record Down(int failures, Instant until, boolean probing) {}

  MirrorHealth(Environment environment) {
    this.environment = environment;
  }

  /// Whether the mirror may be asked now; true for one caller only while it is being tried again.
  boolean mayTry(Endpoint mirror) {
    Down state = down.get(mirror.root());
    if (state == null) {
      return true;
    }
    Instant now = environment.clock().instant();
    return !now.isBefore(state.until())
        && down.replace(
            mirror.root(),
            state,
            new Down(state.failures(), now.plus(pause(state.failures())), true));
  }

  void worked(Endpoint mirror) {
    if (!down.isEmpty() && down.remove(mirror.root()) != null) {
      log.info("mirror {} of {} works again", mirror.authority(), mirror.namespace());
    }
  }

  /// @param why shown in the log
  void failed(Endpoint mirror, String why) {
    if (down.size() >= MAX_MIRRORS) {
      down.clear();
    }
    Instant now = environment.clock().instant();
    Down before = down.get(mirror.root());
    if (before != null && !before.probing() && now.isBefore(before.until())) {
      // Requests that were under way together are one failure.
      return;
    }
    int failures = before == null ? 1 : before.failures() + 1;
    Down after = new Down(failures, now.plus(pause(failures)), false);
    boolean noted =
        before == null
            ? down.putIfAbsent(mirror.root(), after) == null
            : down.replace(mirror.root(), before, after);
    if (noted && failures == 1) {
      log.warn(
          "mirror {} of {} failed and is left alone for a while: {}",
          mirror.authority(),
          mirror.namespace(),
          why);
    }
  }

  private Duration pause(int failures) {
    long cap =
        Math.min(
            MAX_PAUSE.toMillis(),
            FIRST_PAUSE.toMillis() << Math.min(Math.max(failures - 1, 0), MAX_DOUBLINGS));
    return Duration.ofMillis(cap - environment.random().nextLong(cap / 4 + 1));
  }
}
