package io.thaw.registry;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Remembers mirrors that failed, so that not every request waits for a dead one.
///
/// After a failure a mirror is left alone for [#FIRST_PAUSE], twice as long after each further
/// failure in a row, at most [#MAX_PAUSE]; the pauses are shortened at random by up to a quarter,
/// so that nodes do not come back in step. When the pause is over, one request tries the mirror
/// while the others go on without it. One success ends it all.
///
/// One that served wrong bytes is not trusted for [#DISTRUST], however well it answers meanwhile.
final class MirrorHealth {

  static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  static final Duration MAX_PAUSE = Duration.ofMinutes(2);
  static final Duration DISTRUST = Duration.ofMinutes(10);

  private static final Logger log = LoggerFactory.getLogger(MirrorHealth.class);
  private static final int MAX_DOUBLINGS = 10;
  private static final int MAX_MIRRORS = 1000;

  private final Environment environment;
  private final ConcurrentHashMap<URI, Down> down = new ConcurrentHashMap<>();
  private final LongAdder distrusted = new LongAdder();

  /// @param failures in a row
  /// @param probing whether a request is trying the mirror again
  /// @param corrupt whether it served wrong bytes
  private record Down(int failures, Instant until, boolean probing, boolean corrupt) {}

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
            new Down(state.failures(), now.plus(pause(state.failures())), true, false));
  }

  void worked(Endpoint mirror) {
    Down state = down.isEmpty() ? null : down.get(mirror.root());
    if (state != null && !isCorrupt(state) && down.remove(mirror.root(), state)) {
      log.info("mirror {} of {} works again", mirror.authority(), mirror.namespace());
    }
  }

  private boolean isCorrupt(Down state) {
    return state.corrupt() && environment.clock().instant().isBefore(state.until());
  }

  /// Whether the mirror served wrong bytes not long ago.
  boolean isDistrusted(Endpoint mirror) {
    Down state = down.isEmpty() ? null : down.get(mirror.root());
    return state != null && isCorrupt(state);
  }

  /// What the mirror served did not have its digest.
  ///
  /// @param why shown in the log
  void corrupt(Endpoint mirror, String why) {
    bound();
    Instant until = environment.clock().instant().plus(DISTRUST);
    Down before = down.put(mirror.root(), new Down(1, until, false, true));
    if (before == null || !isCorrupt(before)) {
      distrusted.increment();
      log.warn(
          "mirror {} of {} served wrong bytes and is not asked for {} minutes: {}",
          mirror.authority(),
          mirror.namespace(),
          DISTRUST.toMinutes(),
          why);
    }
  }

  /// How often a mirror lost its trust.
  long distrusted() {
    return distrusted.sum();
  }

  private void bound() {
    if (down.size() >= MAX_MIRRORS) {
      down.clear();
    }
  }

  /// @param why shown in the log
  void failed(Endpoint mirror, String why) {
    bound();
    Instant now = environment.clock().instant();
    Down before = down.get(mirror.root());
    if (before != null && !before.probing() && now.isBefore(before.until())) {
      // Requests that were under way together are one failure.
      return;
    }
    int failures = before == null ? 1 : before.failures() + 1;
    Down after = new Down(failures, now.plus(pause(failures)), false, false);
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
