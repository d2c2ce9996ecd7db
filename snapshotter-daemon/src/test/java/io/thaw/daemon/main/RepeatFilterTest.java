package io.thaw.daemon.main;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RepeatFilterTest {
  private final Logger logger =
      ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("io.thaw.x");
  private final AtomicLong now = new AtomicLong();
  private final RepeatFilter filter = new RepeatFilter(now::get);

  private LoggingEvent line(String message, Object... arguments) {
    return new LoggingEvent("f", logger, Level.WARN, message, null, arguments);
  }

  private int passed(int lines, String message) {
    int passed = 0;
    for (int i = 0; i < lines; i++) {
      passed += filter.decide(line(message, i)) == FilterReply.DENY ? 0 : 1;
    }
    return passed;
  }

  @Test
  void aFloodIsCutAndItsSizeIsToldAfterwards() {
    assertThat(passed(1_000, "layer {} fails")).isEqualTo(RepeatFilter.BURST);

    now.addAndGet(RepeatFilter.WINDOW_NANOS);
    LoggingEvent next = line("layer {} fails", 1);

    assertThat(filter.decide(next)).isEqualTo(FilterReply.NEUTRAL);
    assertThat(next.getKeyValuePairs())
        .anySatisfy(
            pair -> {
              assertThat(pair.key).isEqualTo("suppressed");
              assertThat(pair.value).isEqualTo(1_000L - RepeatFilter.BURST);
            });
  }

  @Test
  void otherMessagesAreNotHeldUp() {
    passed(1_000, "one");

    assertThat(passed(10, "other")).isEqualTo(10);
  }

  @Test
  void lineThatComeSlowlyAllPass() {
    for (int i = 0; i < 500; i++) {
      now.addAndGet(RepeatFilter.WINDOW_NANOS / RepeatFilter.BURST);
      assertThat(filter.decide(line("slow"))).isEqualTo(FilterReply.NEUTRAL);
    }
  }

  @Test
  void textsMadeOfDataDoNotFillTheHeap() {
    for (int i = 0; i < 100_000; i++) {
      assertThat(filter.decide(line("text " + i))).isEqualTo(FilterReply.NEUTRAL);
    }
  }
}
