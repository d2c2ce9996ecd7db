package io.thaw.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {

  @Test
  void anEmptyFileGivesTheDefaults() throws IOException {
    assertThat(Config.parse("empty.toml", "")).isEqualTo(Config.defaults());
  }

  @Test
  void theDefaultsAreSocisWhereItHasThem() {
    Config config = Config.defaults();

    assertThat(config.http()).isEqualTo(new HttpConfig(8, 30, 300_000, 3_000, 3_000));
    assertThat(config.pullModes())
        .isEqualTo(
            new PullModesConfig(
                false,
                true,
                new ParallelPullConfig(
                    ParallelPullConfig.Mode.OFF,
                    0,
                    3,
                    0,
                    0,
                    ParallelPullConfig.CHOSEN, // SOCI's is 1: one layer after the other
                    java.util.Map.of())));
    assertThat(config.index()).isEqualTo(new IndexConfig(true, true, 10 << 20, 1L << 30));
    assertThat(config.snapshotter()).isEqualTo(new SnapshotterConfig(0, 30_000));
    assertThat(config.metrics().serves()).isFalse();
    assertThat(config.fetch().readTimeoutMillis()).isEqualTo(300_000);
  }

  @Test
  void howManyLayersOfAnImageAreUnpackedAtOnceIsANumberNoBoundOrTheDaemonsChoice()
      throws IOException {
    String key = "pull_modes.parallel_pull_unpack.max_concurrent_unpacks_per_image = ";
    for (int[] pair : new int[][] {{4, 4}, {-1, 0}, {0, ParallelPullConfig.CHOSEN}}) {
      Config config = Config.parse("config.toml", key + pair[0]);
      assertThat(config.pullModes().parallel().maxUnpacksPerImage()).isEqualTo(pair[1]);
    }
  }

  @Test
  void theShippedFileChangesNothingAndWarnsOfNothing() throws IOException {
    assertThat(Config.parse("config.toml", Config.shippedFile())).isEqualTo(Config.defaults());
  }

  @Test
  void theShippedFileTellsEveryActingKeyWithItsDefault() throws IOException {
    String uncommented = Config.shippedFile().replaceAll("(?m)^#(?=[A-Za-z_]+ = )", "");

    Config config = Config.parse("config.toml", uncommented);

    assertThat(config).isEqualTo(Config.defaults());
    ConfigSchema.KEYS.values().stream()
        .filter(k -> k.effect() != ConfigKey.Effect.COMPATIBLE)
        .map(k -> k.path().substring(k.path().lastIndexOf('.') + 1))
        .forEach(name -> assertThat(uncommented).containsPattern("(?m)^" + name + " = "));
  }

  @Test
  void theDocumentationTellsEveryKeyWithItsDefault() throws IOException {
    Path testdata = Path.of(System.getProperty("thaw.testdata"));
    String text = Files.readString(testdata.resolveSibling("docs").resolve("configuration.md"));

    for (ConfigKey key : ConfigSchema.KEYS.values()) {
      assertThat(text).contains("`" + key.path() + "`");
      if (key.effect() != ConfigKey.Effect.COMPATIBLE) {
        assertThat(text).contains("| `" + key.path() + "` | " + shown(key.defaultValue()) + " |");
      }
    }
  }

  private static String shown(Object value) {
    return value instanceof String text ? "`\"" + text + "\"`" : "`" + value + "`";
  }

  @Test
  void readsValuesFromAFile(@TempDir Path dir) throws IOException {
    Path file =
        Files.writeString(
            dir.resolve("config.toml"),
            """
            root = "/data/thaw"
            address = "/run/x.sock"
            metrics_address = "127.0.0.1:9090"
            [log]
            level = "debug"
            [fuse]
            backend = "jnr"
            [pull_modes.soci_v1]
            enable = true
            [registry]
            plain_http_hosts = ["registry.test:5000"]
            """);

    Config config = Config.load(file);

    assertThat(config.root()).isEqualTo(Path.of("/data/thaw"));
    assertThat(config.address()).isEqualTo(Path.of("/run/x.sock"));
    assertThat(config.metrics().serves()).isTrue();
    assertThat(config.log().level()).isEqualTo("debug");
    assertThat(config.fuse().backend()).isEqualTo(FuseConfig.Backend.JNR);
    assertThat(config.pullModes().sociV1()).isTrue();
    assertThat(config.registry().plainHttpHosts()).containsExactly("registry.test:5000");
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void anUnknownKeyWarnsWithItsLineAndTheNearestName() throws IOException {
    Config config =
        Config.parse("c.toml", "root = \"/data\"\n\n[fetch]\nconcurency = 3\n[nonsense]\nx = 1\n");

    assertThat(config.warnings().stream().map(ConfigWarning::toString))
        .containsExactlyInAnyOrder(
            "c.toml:4: fetch.concurency: unknown key; did you mean fetch.concurrency?",
            "c.toml:5: nonsense: unknown key");
    assertThat(config.fetch()).isEqualTo(Config.defaults().fetch());
  }

  @Test
  void aKeyInTheWrongCaseIsUnknownAndSuggested() throws IOException {
    Config config = Config.parse("c.toml", "[http]\nmaxRetries = 3\n");

    assertThat(config.warnings()).hasSize(1);
    assertThat(config.warnings().getFirst().message()).contains("did you mean http.MaxRetries?");
  }

  @Test
  void aWrongTypeStopsWithLineColumnKeyAndExpectation() {
    assertThatThrownBy(() -> Config.parse("c.toml", "\n[http]\n  MaxRetries = \"8\"\n"))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> {
              assertThat(e.line()).isEqualTo(3);
              assertThat(e.column()).isEqualTo(3);
              assertThat(e.key()).isEqualTo("http.MaxRetries");
            })
        .hasMessage(
            "c.toml:3:3: http.MaxRetries: expected an integer from 0 to 100 but found \"8\"");
  }

  @Test
  void aValueOutOfRangeOrNotAllowedStops() {
    assertThatThrownBy(() -> Config.parse("c.toml", "[fetch]\nconcurrency = 0\n"))
        .hasMessageContaining("c.toml:2:1: fetch.concurrency: expected an integer from 1 to 256");
    assertThatThrownBy(() -> Config.parse("c.toml", "[fuse]\nbackend = \"fast\"\n"))
        .hasMessageContaining("expected one of \"kernel\", \"jnr\" but found \"fast\"");
    assertThatThrownBy(() -> Config.parse("c.toml", "root = \"thaw\"\n"))
        .hasMessageContaining("expected an absolute path but found \"thaw\"");
    assertThatThrownBy(() -> Config.parse("c.toml", "address = \"/run/\\u0000\"\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected an absolute path");
    assertThatThrownBy(() -> Config.parse("c.toml", "[registry]\ninsecure_hosts = [1]\n"))
        .hasMessageContaining("expected an array of strings");
    assertThatThrownBy(() -> Config.parse("c.toml", "http = 3\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("c.toml:1:1: http: expected a table but found 3");
  }

  @Test
  void brokenTomlStopsWithItsLine() {
    assertThatThrownBy(() -> Config.parse("c.toml", "root = \"/a\"\n[http\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("c.toml:2:")
        .hasMessageContaining("not valid TOML");
  }

  @Test
  void keysOfSociWithoutEffectSaySo() throws IOException {
    Config config =
        Config.parse(
            "c.toml",
            """
            disable_verification = true
            debug = false
            [content_store]
            type = "containerd"
            """);

    assertThat(config.warnings().stream().map(ConfigWarning::key))
        .containsExactlyInAnyOrder("disable_verification", "content_store.type");
    assertThat(config.warnings())
        .allSatisfy(
            w -> assertThat(w.message()).startsWith("accepted for compatibility, has no effect"));
  }

  @Test
  void mirrorsAndLoginsOfSociAndOldContainerdAreRead() throws IOException {
    Config config =
        Config.parse(
            "c.toml",
            """
            [[resolver.host."docker.io".mirrors]]
            host = "mirror.test"
            insecure = true
            request_timeout_sec = 7
            [[resolver.host."docker.io".mirrors]]
            host = "second.test:5000"
            [registry.mirrors."Docker.io"]
            endpoint = ["https://third.test/v2"]
            [registry.mirrors."*"]
            endpoint = ["http://all.test"]
            [registry.configs."r.io".auth]
            auth = "YWRhOnNlY3JldC13b3Jk"
            [registry.configs."r.io".tls]
            insecure_skip_verify = true
            ca_file = "/ca.pem"
            """);

    assertThat(config.warnings()).isEmpty();
    assertThat(config.registry().mirrors())
        .containsExactlyInAnyOrder(
            new RegistryConfig.RegistryMirrors(
                "docker.io",
                List.of(
                    new RegistryConfig.Mirror("http://mirror.test", 7_000),
                    new RegistryConfig.Mirror("https://second.test:5000", 0),
                    new RegistryConfig.Mirror("https://third.test/v2", 0))),
            new RegistryConfig.RegistryMirrors(
                "*", List.of(new RegistryConfig.Mirror("http://all.test", 0))));
    assertThat(config.registry().logins())
        .containsExactly(
            new RegistryConfig.RegistryLogin(
                "r.io", "ada", "secret-word", "", "/ca.pem", "", "", true));
    assertThat(config.toString()).doesNotContain("secret-word");
  }

  @Test
  void tablesOfHostsThatAreWrongSayWhere() {
    assertThatThrownBy(
            () -> Config.parse("c.toml", "[[resolver.host.\"a\".mirrors]]\ninsecure = true\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("resolver.host.\"a\".mirrors: every mirror needs a host");
    assertThatThrownBy(
            () ->
                Config.parse(
                    "c.toml", "[registry.configs.\"a\".auth]\nauth = \"c2VjcmV0LXdvcmQ=\"\n"))
        .hasMessageContaining("expected base64 of USER:PASSWORD")
        .hasMessageNotContaining("c2Vj");
    assertThatThrownBy(
            () -> Config.parse("c.toml", "[kubelet_credential_provider]\nbin_dir = \"/bin\"\n"))
        .hasMessageContaining("config_path and bin_dir are needed both");
  }

  @Test
  void zeroAsksForTheDefaultInSocisKeys() throws IOException {
    Config config = Config.parse("c.toml", "[http]\nMaxRetries = 0\n[blob]\nmin_wait_msec = 0\n");

    assertThat(config).isEqualTo(Config.defaults());
  }

  @Test
  void socisNamesForTheFillWin() throws IOException {
    Config config =
        Config.parse("c.toml", "[background_fetch]\ndisable = true\nsilence_period_msec = 5\n");

    assertThat(config.fill()).isEqualTo(new FillConfig(false, 5, 3));
  }

  @Test
  void socisDebugIsALogLevelUnlessOneIsGiven() throws IOException {
    assertThat(Config.parse("c.toml", "debug = true\n").log().level()).isEqualTo("debug");
    assertThat(Config.parse("c.toml", "debug = true\n[log]\nlevel = \"warn\"\n").log().level())
        .isEqualTo("warn");
  }

  @Test
  void distancesAreLevenshteins() {
    assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Spelling.distance("", "abc")).isEqualTo(3);
    assertThat(Spelling.nearest("adress", List.of("address", "root"))).contains("address");
    assertThat(Spelling.nearest("qqqq", List.of("address", "root"))).isEmpty();
  }

  @Test
  void saysThatAFileIsMissingAndMayBeLeftOut() {
    assertThatThrownBy(() -> Config.load(java.nio.file.Path.of("/nowhere/config.toml")))
        .hasMessageContaining("/nowhere/config.toml")
        .hasMessageContaining("may be left out");
  }
}
