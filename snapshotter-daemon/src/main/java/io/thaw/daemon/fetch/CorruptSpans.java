package io.thaw.daemon.fetch;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/// Spans of a layer whose bytes were wrong however often they were fetched. Each is left alone for
/// a while that grows with every round; then it may be tried again.
///
/// Guarded by the lock of the {@link LayerFetches} it belongs to.
final class CorruptSpans {
  /// A span that stays corrupt is tried again ever later, up to this many times the first wait.
  private static final int LONGEST_WAIT = 100;

  /// @param rounds how often the span was given up
  private record Corrupt(long retryAtNanos, String reason, int rounds) {}

  private final Map<Integer, Corrupt> spans = new HashMap<>();

  /// The span was given up.
  ///
  /// @param retryAfter the first wait
  /// @return whether that is news
  boolean add(int span, String reason, Duration retryAfter) {
    Corrupt before = spans.get(span);
    int rounds = before == null ? 1 : Math.min(before.rounds + 1, LONGEST_WAIT);
    long retryAt = System.nanoTime() + retryAfter.toNanos() * rounds;
    spans.put(span, new Corrupt(retryAt, reason, rounds));
    return before == null;
  }

  void remove(int span) {
    spans.remove(span);
  }

  /// Whether there is no point in fetching the span now.
  boolean isHopeless(int span) {
    Corrupt known = spans.get(span);
    return known != null && System.nanoTime() - known.retryAtNanos < 0;
  }

  /// @throws SpanCorruptException if one of `[first, end)` is hopeless now
  void refuse(int first, int end) throws SpanCorruptException {
    if (spans.isEmpty()) {
      return;
    }
    for (int span = first; span < end; span++) {
      Corrupt known = spans.get(span);
      if (known != null && isHopeless(span)) {
        throw new SpanCorruptException(span, known.reason);
      }
    }
  }

  /// Names the spans whose time to be tried again has come.
  ///
  /// @param busy spans that are being fetched already
  void forEachDue(IntPredicate busy, IntConsumer due) {
    for (int span : spans.keySet()) {
      if (!isHopeless(span) && !busy.test(span)) {
        due.accept(span);
      }
    }
  }
}
