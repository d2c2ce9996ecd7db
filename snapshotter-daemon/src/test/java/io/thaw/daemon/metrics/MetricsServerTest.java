package io.thaw.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class MetricsServerTest {

  @Test
  void prometheusReadsWhatWasCounted() throws Exception {
    try (DaemonMetrics metrics = new DaemonMetrics();
        MetricsServer server = MetricsServer.start("127.0.0.1:0", metrics);
        HttpClient client = HttpClient.newHttpClient()) {
      metrics.callEnded("Prepare", "ALREADY_EXISTS", 5_000_000);
      metrics.layerAnswered("Lazy");
      metrics.counter("thaw.fetch.bytes", "Bytes", () -> 42);

      URI uri = URI.create("http://127.0.0.1:" + server.port() + "/metrics");
      var answer =
          client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body())
          .contains("thaw_layers_prepared_total{outcome=\"lazy\"} 1.0")
          .contains("thaw_fetch_bytes_total 42.0")
          .contains("code=\"ALREADY_EXISTS\",method=\"Prepare\"");
    }
  }

  @Test
  void aBadAddressIsToldByItsKey() {
    try (DaemonMetrics metrics = new DaemonMetrics()) {
      for (String address : new String[] {"nonsense", "127.0.0.1:99999", "127.0.0.1:"}) {
        assertThatThrownBy(() -> MetricsServer.start(address, metrics))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("metrics_address " + address);
      }
    }
  }
}
