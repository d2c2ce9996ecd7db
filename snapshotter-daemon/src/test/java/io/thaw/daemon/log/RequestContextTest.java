package io.thaw.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class RequestContextTest {

  @Test
  void aRequestsIdFollowsItIntoAnotherThread() throws InterruptedException {
    AtomicReference<String> inside = new AtomicReference<>();
    AtomicReference<Thread> other = new AtomicReference<>();

    RequestContext.run(
        "r-1",
        () ->
            other.set(
                Thread.ofVirtual()
                    .start(RequestContext.carried(() -> inside.set(MDC.get(RequestContext.KEY))))));
    other.get().join();

    assertThat(inside.get()).isEqualTo("r-1");
    assertThat(MDC.get(RequestContext.KEY)).isNull();
  }

  @Test
  void idsDifferAndNestedRequestsGiveTheOuterOneBack() {
    assertThat(RequestContext.newId()).isNotEqualTo(RequestContext.newId());
    RequestContext.run(
        "outer",
        () -> {
          RequestContext.run("inner", () -> {});
          assertThat(MDC.get(RequestContext.KEY)).isEqualTo("outer");
        });
  }
}
