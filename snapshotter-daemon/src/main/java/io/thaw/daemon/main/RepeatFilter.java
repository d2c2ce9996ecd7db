package io.thaw.daemon.main;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.event.KeyValuePair;

/// Keeps lines that repeat from flooding the log: so many of one message in a while, then silence.
/// The first line after the silence has the key `suppressed`, the number of those that were left
/// out. Messages are told apart by their logger and their text before anything is filled in.
final class RepeatFilter extends Filter<ILoggingEvent> {
  static final String SUPPRESSED = "suppressed";
  static final int BURST = 50;
  static final long WINDOW_NANOS = 10_000_000_000L;

  /// More are forgotten, so that texts made of data cannot fill the heap.
  private static final int MAX_MESSAGES = 1_024;

  private record Key(String logger, String message) {}

  private static final class Window {
    private long startNanos;
    private int passed;
    private long suppressed;

    Window(long now) {
      startNanos = now;
    }
  }

  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, Window> windows = new HashMap<>();

  RepeatFilter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  @Override
  public FilterReply decide(ILoggingEvent event) {
    long suppressed = admit(new Key(event.getLoggerName(), String.valueOf(event.getMessage())));
    if (suppressed < 0) {
      return FilterReply.DENY;
    }
    if (suppressed > 0 && event instanceof LoggingEvent line) {
      line.addKeyValuePair(new KeyValuePair(SUPPRESSED, suppressed));
    }
    return FilterReply.NEUTRAL;
  }

  /// How many lines were left out before this one; -1 if this one is to be left out, too.
  private long admit(Key key) {
    long now = nanoTime.getAsLong();
    lock.lock();
    try {
      if (windows.size() >= MAX_MESSAGES && !windows.containsKey(key)) {
        windows.clear();
      }
      Window window = windows.computeIfAbsent(key, _ -> new Window(now));
      long leftOut = 0;
      if (now - window.startNanos >= WINDOW_NANOS) {
        leftOut = window.suppressed;
        window.startNanos = now;
        window.passed = 0;
        window.suppressed = 0;
      }
      if (window.passed >= BURST) {
        window.suppressed++;
        return -1;
      }
      window.passed++;
      return leftOut;
    } finally {
      lock.unlock();
    }
  }
}
