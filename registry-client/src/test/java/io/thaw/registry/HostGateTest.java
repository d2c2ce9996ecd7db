package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HostGateTest {

  private static final Transport.Request REQUEST =
      new Transport.Request(
          "GET", URI.create("https://r.io/x"), Map.of(), null, Endpoint.Connection.COMMON);

  /// Counts what is in flight, bodies included.
  private static final class Counting implements Transport {
    final AtomicInteger inFlight = new AtomicInteger();
    final AtomicInteger most = new AtomicInteger();
    volatile boolean failing;

    @Override
    public Response send(Request request) throws IOException {
      if (failing) {
        throw new IOException("no route");
      }
      most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
      var body =
          new ByteArrayInputStream(new byte[100]) {
            @Override
            public void close() {
              inFlight.decrementAndGet();
            }
          };
      return new Response(200, HttpHeaders.of(Map.of(), (name, value) -> true), body);
    }

    @Override
    public void close() {}
  }

  @Test
  void neverLetsMoreThanTheLimitThrough() throws Exception {
    Counting counting = new Counting();
    HostGate gate = new HostGate(counting, 3);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        all.add(
            executor.submit(
                () -> {
                  try (Transport.Response response = gate.send(REQUEST)) {
                    return response.body().read();
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(counting.most.get()).isBetween(1, 3);
  }

  @Test
  void aRequestThatFailsFreesItsSlotAndClosingTwiceFreesOne() throws Exception {
    Counting counting = new Counting();
    HostGate gate = new HostGate(counting, 1);
    counting.failing = true;
    assertThatThrownBy(() -> gate.send(REQUEST)).hasMessage("no route");
    counting.failing = false;
    Transport.Response first = gate.send(REQUEST);
    first.close();
    first.close();
    try (Transport.Response second = gate.send(REQUEST)) {
      Thread waiting =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      gate.send(REQUEST).close();
                    } catch (IOException | InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  });
      while (waiting.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      assertThat(second.body().readAllBytes()).hasSize(100);
      waiting.join();
    }
  }
}
