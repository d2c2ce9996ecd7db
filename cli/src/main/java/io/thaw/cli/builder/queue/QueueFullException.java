package io.thaw.cli.builder.queue;

import java.io.IOException;

/// More jobs wait than configuration allows. Whoever sent the request should send it again later.
public final class QueueFullException extends IOException {
  private static final long serialVersionUID = 1L;

  QueueFullException(long waiting, int limit) {
    super(
        ("%d jobs wait and queue.max_jobs is %d; the request was not taken. Send it again later, or"
                + " raise queue.max_jobs or concurrency")
            .formatted(waiting, limit));
  }
}
