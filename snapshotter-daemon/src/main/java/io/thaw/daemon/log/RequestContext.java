package io.thaw.daemon.log;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// Marks log lines with the request they belong to, also in threads the request starts.
///
/// An id is a few characters that differ between lives of the daemon, and a number.
public final class RequestContext {
  /// The key in log lines.
  public static final String KEY = "request";

  private static final String LIFE =
      Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36, 36 * 36 * 36 * 36), 36);
  private static final AtomicLong NEXT = new AtomicLong(1);

  private RequestContext() {}

  /// An id nobody has.
  public static String newId() {
    return LIFE + "-" + NEXT.getAndIncrement();
  }

  /// Runs `work` as part of a request.
  public static void run(String id, Runnable work) {
    String before = MDC.get(KEY);
    MDC.put(KEY, id);
    try {
      work.run();
    } finally {
      restore(before);
    }
  }

  /// The same work, as part of the request this thread works for now; to be handed to another
  /// thread.
  public static Runnable carried(Runnable work) {
    String id = MDC.get(KEY);
    return id == null ? work : () -> run(id, work);
  }

  private static void restore(@Nullable String before) {
    if (before == null) {
      MDC.remove(KEY);
    } else {
      MDC.put(KEY, before);
    }
  }
}
