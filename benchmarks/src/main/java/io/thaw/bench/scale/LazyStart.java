package io.thaw.bench.scale;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/// A lazy start: the ranges of the measured one, each when its reader or the read-ahead asks for
/// it; or with a profile, which fetches the touched spans, and nothing else, ahead of the readers.
final class LazyStart implements NodeStart {
  /// Ranges of a profile that are under way at once, and how long they are.
  static final int AHEAD = 4;

  static final long AHEAD_BYTES = 8L << 20;

  /// What one range of the fill is in the model: its requests at once, as one transfer.
  static final long FILL_BYTES = 48L << 20;

  static final int FILL_CONNECTIONS = 3;

  private final NodeHost host;
  private final StartTrace trace;
  private final boolean profile;
  private final List<Piece> ranges;
  // The range of each touched span.
  private final int[] rangeOf;
  private final BitSet asked = new BitSet();
  // Spans, by their numbers in the trace.
  private final BitSet stored = new BitSet();
  private Runnable ready = () -> {};
  private int step;
  private boolean waiting;
  private int ahead;
  private long filled;

  LazyStart(NodeHost host, StartTrace trace, boolean profile) {
    this.host = host;
    this.trace = trace;
    this.profile = profile;
    rangeOf = new int[trace.spanBytes().size()];
    ranges = profile ? profiled() : measured();
  }

  private List<Piece> measured() {
    for (int span = 0; span < rangeOf.length; span++) {
      rangeOf[span] = trace.spanPieces().get(span);
    }
    return IntStream.range(0, trace.pieces().size())
        .mapToObj(i -> new Piece(i, trace.pieces().get(i)))
        .toList();
  }

  private List<Piece> profiled() {
    List<Piece> merged = new ArrayList<>();
    long bytes = 0;
    for (int span = 0; span < rangeOf.length; span++) {
      if (bytes > 0 && bytes + trace.spanBytes().get(span) > AHEAD_BYTES) {
        merged.add(new Piece(merged.size(), bytes));
        bytes = 0;
      }
      bytes += trace.spanBytes().get(span);
      rangeOf[span] = merged.size();
    }
    if (bytes > 0) {
      merged.add(new Piece(merged.size(), bytes));
    }
    return merged;
  }

  @Override
  public void begin(Runnable whenReady) {
    ready = whenReady;
    Piece setup = new Piece(ranges.size(), trace.setupBytes());
    host.compute(trace.setupSeconds(), () -> host.fetch(setup, 1, this::serve));
  }

  private void serve() {
    if (profile) {
      for (int i = 0; i < AHEAD; i++) {
        fetchAhead();
      }
    }
    think();
  }

  private void think() {
    if (step == trace.steps().size()) {
      host.compute(trace.lastSeconds(), ready);
      return;
    }
    StartTrace.Step now = trace.steps().get(step);
    if (!profile) {
      for (StartTrace.Start start : now.starts()) {
        host.compute(start.afterSeconds(), () -> ask(start.piece(), () -> {}));
      }
    }
    host.compute(now.thinkSeconds(), this::read);
  }

  private void read() {
    if (profile) {
      trace.steps().get(step).touches().forEach(span -> ask(rangeOf[span], () -> {}));
    }
    waiting = true;
    goOn();
  }

  private void goOn() {
    if (!waiting) {
      return;
    }
    for (int span : trace.steps().get(step).touches()) {
      if (!stored.get(span)) {
        return;
      }
    }
    waiting = false;
    step++;
    think();
  }

  private void ask(int range, Runnable arrived) {
    if (asked.get(range)) {
      return;
    }
    asked.set(range);
    host.fetch(
        ranges.get(range),
        1,
        () -> {
          store(range);
          arrived.run();
        });
  }

  // Span by span, those that the program waits for first.
  private void store(int range) {
    long rest = ranges.get(range).bytes();
    for (int span = 0; span < rangeOf.length; span++) {
      if (rangeOf[span] == range) {
        int touched = span;
        rest -= trace.spanBytes().get(span);
        host.store(
            trace.spanBytes().get(span),
            () -> waiting && trace.steps().get(step).touches().contains(touched),
            () -> {
              stored.set(touched);
              goOn();
            });
      }
    }
    // Spans have bytes of their neighbours in them.
    host.store(Math.max(0, rest), () -> false, () -> {});
  }

  private void fetchAhead() {
    while (ahead < ranges.size() && asked.get(ahead)) {
      ahead++;
    }
    if (ahead < ranges.size()) {
      ask(ahead++, this::fetchAhead);
    }
  }

  @Override
  public void fill() {
    long missing = trace.imageBytes() - fetchedBytes() - filled;
    if (missing <= 0) {
      return;
    }
    // The same ranges on all nodes, so that mirrors and peers have them.
    int id = ranges.size() + 1 + (int) (filled / FILL_BYTES);
    long bytes = Math.min(FILL_BYTES, missing);
    filled += bytes;
    host.fetch(
        new Piece(id, bytes), FILL_CONNECTIONS, () -> host.store(bytes, () -> false, this::fill));
  }

  private long fetchedBytes() {
    return asked.stream().mapToLong(range -> ranges.get(range).bytes()).sum();
  }
}
