package io.thaw.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ConfigDumpTest {
  private static final String TEXT =
      """
      root = "/data/\\"thaw\\""
      max_concurrency = 5

      [fetch]
      concurrency = 7

      [registry]
      plain_http_hosts = ["one:5000", "two"]
      """;

  @Test
  void readAgainItIsTheSameConfiguration() throws ConfigException {
    Config once = Config.parse("a", TEXT);
    Config again = Config.parse("b", ConfigDump.of("a", TEXT));
    assertThat(again.root()).isEqualTo(once.root()).hasToString("/data/\"thaw\"");
    assertThat(again.fetch()).isEqualTo(once.fetch());
    assertThat(again.registry()).isEqualTo(once.registry());
    assertThat(again.withRoot(once.root()).http()).isEqualTo(once.http());
    assertThat(again.warnings()).isEmpty();
    assertThat(Config.parse("c", ConfigDump.ofDefaults())).isEqualTo(Config.defaults());
  }

  @Test
  void saysWhereEachValueComesFrom() throws ConfigException {
    assertThat(ConfigDump.of("/etc/thaw/config.toml", TEXT))
        .contains("concurrency = 7 # /etc/thaw/config.toml:5\n")
        .contains("plain_http_hosts = [\"one:5000\", \"two\"] # /etc/thaw/config.toml:8\n")
        .contains("max_range_bytes = 16777216 # default\n")
        .contains("# ")
        .contains("max_concurrency");
    assertThat(ConfigDump.ofDefaults().lines().filter(line -> line.contains(" = ")))
        .isNotEmpty()
        .allMatch(line -> line.endsWith(" # default"));
  }

  @Test
  void masksWhatIsCalledASecret() {
    assertThat(ConfigDump.isSecret("registry.password")).isTrue();
    assertThat(ConfigDump.isSecret("hook.shared_secret")).isTrue();
    assertThat(ConfigDump.isSecret("token_service.address")).isFalse();
  }

  @Test
  void refusesWhatTheDaemonWouldRefuse() {
    assertThatThrownBy(() -> ConfigDump.of("f", "[fetch]\nconcurrency = 0\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("fetch.concurrency");
  }

  @Test
  void tablesOfHostsAreReadAgainTheSameAndShowNoPassword() throws Exception {
    String text =
        """
        [registry.mirrors."docker.io"]
        endpoint = ["https://m"]
        [registry.configs."r.io".auth]
        username = "ada"
        password = "s3cret-word"
        """;
    String dump = ConfigDump.of("c.toml", text);
    assertThat(dump).doesNotContain("s3cret-word").contains("\"username\" = \"ada\"");
    assertThat(Config.parse("d.toml", dump).registry().mirrors())
        .isEqualTo(Config.parse("c.toml", text).registry().mirrors());
  }
}
