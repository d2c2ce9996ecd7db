package io.thaw.daemon.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.config.Config;
import io.thaw.daemon.fetch.FetchConfig;
import io.thaw.index.SociIndex;
import io.thaw.registry.RegistryConfig;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SettingsTest {

  @Test
  void theDefaultsMakeValidSettings() {
    Config config = Config.defaults();

    assertThat(Settings.registry(config, RegistryConfig.defaults()).retry().maxAttempts())
        .isEqualTo(9);
    assertThat(Settings.fetch(config).memoryBytes()).isEqualTo(64 << 20);
    assertThat(Settings.pull(config).versions()).containsExactly(SociIndex.Version.V2);
  }

  @Test
  void theSmallestMemoryIsStillValid() throws IOException {
    Config config = Config.parse("c", "[fetch]\nmemory_bytes = 16777216\nconcurrency = 1\n");

    FetchConfig fetch = Settings.fetch(config);

    assertThat(fetch.spoolThresholdBytes()).isEqualTo(4 << 20);
    assertThat(fetch.demandRequests()).isEqualTo(1);
  }

  @Test
  void aPrewarmCanFillAlsoWhereNothingFillsByItself() throws IOException {
    Config config = Config.parse("c", "[background_fetch]\ndisable = true\n");

    assertThat(config.fill().enabled()).isFalse();
    assertThat(Settings.fetch(config).fillRequests()).isEqualTo(config.fill().concurrency());
  }

  @Test
  void theExtremesOfTheSchemaAreValid() throws IOException {
    String small =
        """
        mount_timeout_sec = 1
        [http]
        MaxRetries = 1
        MinWaitMsec = 1
        MaxWaitMsec = 1
        DialTimeoutMsec = 1
        ResponseHeaderTimeoutMsec = 1
        [fetch]
        max_range_bytes = 65536
        read_timeout_sec = 1
        """;
    String large =
        """
        mount_timeout_sec = 3600
        [http]
        MaxRetries = 99
        MaxWaitMsec = 3600000
        [blob]
        max_span_verification_retries = 100
        [fetch]
        concurrency = 256
        max_range_bytes = 1073741824
        memory_bytes = 68719476736
        """;
    for (String text : new String[] {small, large}) {
      Config config = Config.parse("c", text);
      Settings.fetch(config);
      Settings.blobs(config, RegistryConfig.defaults());
      assertThat(Settings.pull(config).mountTimeout()).isGreaterThan(Duration.ZERO);
    }
  }

  @Test
  void hostsGoToTheRegistryClient() throws IOException {
    Config config =
        Config.parse(
            "c", "[registry]\nplain_http_hosts = [\"a:5000\"]\ninsecure_hosts = [\"b\"]\n");

    assertThat(Settings.registry(config, RegistryConfig.defaults()).plainHttpHosts())
        .containsExactly("a:5000");
    assertThat(Settings.blobs(config, RegistryConfig.defaults()).insecureHosts())
        .containsExactly("b");
  }
}
