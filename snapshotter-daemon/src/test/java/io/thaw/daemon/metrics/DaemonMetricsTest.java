package io.thaw.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DaemonMetricsTest {

  @Test
  @Timeout(120)
  void aCounterGoesOnCountingAfterAGarbageCollection() throws Exception {
    AtomicLong counted = new AtomicLong(1);
    try (DaemonMetrics metrics = new DaemonMetrics()) {
      metrics.counter("thaw.test", "A test", counted::get);
      WeakReference<Object> garbage = new WeakReference<>(new Object());
      while (garbage.get() != null) {
        System.gc();
      }

      counted.set(2);

      assertThat(metrics.scrape()).contains("thaw_test_total 2.0");
    }
  }
}
