package io.thaw.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.config.BuilderConfig.BuilderRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuilderConfigTest {
  private static final String MINIMAL =
      """
      [[registry]]
      host = "r.example.com"
      [[rule]]
      name = "all"
      images = ["r.example.com/**"]
      """;

  @Test
  void aRegistryAndARuleAreEnough() throws IOException {
    BuilderConfig config = BuilderConfig.parse("b.toml", MINIMAL);

    assertThat(config.listen()).isEqualTo(new ListenAddress("127.0.0.1", 8417));
    assertThat(config.registries()).containsExactly(registry("r.example.com"));
    BuilderRule rule = config.rules().getFirst();
    assertThat(rule.format()).isEqualTo(BuilderRule.Format.V2);
    assertThat(rule.tagSuffix()).isEqualTo("-soci");
    assertThat(rule.wants("r.example.com/team/app", "1")).isTrue();
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void theExampleLoadsWithoutWarningsAndHoldsEveryKeyWithItsDefault() throws IOException {
    String text = BuilderConfig.example();
    BuilderConfig example = BuilderConfig.parse("builder.toml", text);
    String uncommented = text.replaceAll("(?m)^#(?=[A-Za-z_]+ = )", "");

    assertThat(example.warnings()).isEmpty();
    assertThat(BuilderConfig.parse("builder.toml", uncommented)).isEqualTo(example);
    for (Map<String, ConfigKey> keys :
        java.util.List.of(
            BuilderSchema.KEYS, BuilderSchema.REGISTRY_KEYS, BuilderSchema.RULE_KEYS)) {
      keys.values().stream()
          .filter(key -> key.type() != ConfigKey.ValueType.TABLES)
          .map(key -> key.path().substring(key.path().lastIndexOf('.') + 1))
          .forEach(name -> assertThat(uncommented).containsPattern("(?m)^" + name + " = "));
    }
  }

  @Test
  void theDocumentationTellsEveryKeyWithItsDefault() throws IOException {
    Path testdata = Path.of(System.getProperty("thaw.testdata"));
    String text = Files.readString(testdata.resolveSibling("docs").resolve("builder.md"));

    assertDocumented(text, "", BuilderSchema.KEYS);
    assertDocumented(text, "registry.", BuilderSchema.REGISTRY_KEYS);
    assertDocumented(text, "rule.", BuilderSchema.RULE_KEYS);
  }

  private static void assertDocumented(String text, String prefix, Map<String, ConfigKey> keys) {
    for (ConfigKey key : keys.values()) {
      if (key.type() != ConfigKey.ValueType.TABLES) {
        assertThat(text).contains("| `" + prefix + key.path() + "` | " + shown(key) + " |");
      }
    }
  }

  private static String shown(ConfigKey key) {
    return switch (key.type()) {
      case STRING -> "`\"" + key.defaultValue() + "\"`";
      case STRINGS -> key.defaultValue().equals(java.util.List.of()) ? "`[]`" : "`[\"*\"]`";
      case INTEGER, BOOLEAN, TABLES, TREE -> "`" + key.defaultValue() + "`";
    };
  }

  @Test
  void tellsTheLineOfAValueOfTheWrongTypeInsideARule() {
    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", MINIMAL + "span_bytes = \"4 MiB\"\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "b.toml:6:1: span_bytes: expected an integer from 1024 to 1073741824 but found"
                + " \"4 MiB\"");
  }

  @Test
  void warnsOfAMisspeltKeyInsideARuleWithItsLine() throws IOException {
    BuilderConfig config = BuilderConfig.parse("b.toml", MINIMAL + "exclud = [\"x/y\"]\n");

    assertThat(config.warnings())
        .singleElement()
        .hasToString("b.toml:6: exclud: unknown key; did you mean exclude?");
  }

  @Test
  void refusesAnImagePatternWhoseHostIsAWildcard() {
    String text = MINIMAL.replace("r.example.com/**", "*/app");

    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("b.toml:5:1: images: \"*/app\" must be host/repository");
  }

  @Test
  void refusesARuleForARegistryThatIsNotDeclared() {
    String text = MINIMAL.replace("r.example.com/**", "other.example.com/**");

    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", text))
        .hasMessage(
            "b.toml:5:1: images: no [[registry]] has the host \"other.example.com\"; add one, or"
                + " use its host");
  }

  @Test
  void refusesTwoRulesOfOneNameAtTheSecond() {
    String second = "[[rule]]\nname = \"all\"\nimages = [\"r.example.com/x\"]\n";

    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", MINIMAL + second))
        .hasMessage("b.toml:7:1: name: another rule has the name \"all\"");
  }

  @Test
  void refusesAFileWithoutRules() {
    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", ""))
        .hasMessageContaining("there is no [[rule]]");
  }

  @Test
  void refusesARuleThatWouldOverwriteTheTagThatWasPushed() {
    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", MINIMAL + "tag_suffix = \"\"\n"))
        .hasMessageContaining("b.toml:6:1: tag_suffix: must be 1 to 64");
  }

  @Test
  void refusesAliasesThatNameTwoRegistries() {
    String text =
        """
        [[registry]]
        host = "a.example.com"
        aliases = ["cache:5000"]
        [[registry]]
        host = "b.example.com"
        aliases = ["cache:5000"]
        """;

    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", text + MINIMAL))
        .hasMessage("b.toml:6:1: aliases: \"cache:5000\" is the name of another registry, too");
  }

  @Test
  void refusesAPortThatDoesNotExistAndAnAddressWithoutBrackets() {
    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", "listen = \"h:70000\"\n" + MINIMAL))
        .hasMessageContaining("b.toml:1:1: listen: expected host:port");
    assertThatThrownBy(() -> BuilderConfig.parse("b.toml", "listen = \"::1:80\"\n" + MINIMAL))
        .hasMessageContaining("put an IPv6 address in brackets");
  }

  @Test
  void excludesWinOverImagesAndTags() throws IOException {
    BuilderRule rule =
        BuilderConfig.parse(
                "b.toml",
                MINIMAL
                    + """
                    exclude = ["r.example.com/*/scratch"]
                    tags = ["v*", "latest"]
                    exclude_tags = ["*-rc?"]
                    """)
            .rules()
            .getFirst();

    assertThat(rule.wants("r.example.com/team/app", "v1")).isTrue();
    assertThat(rule.wants("r.example.com/team/app", "1")).isFalse();
    assertThat(rule.wants("r.example.com/team/scratch", "v1")).isFalse();
    assertThat(rule.wants("r.example.com/a/b/scratch", "v1")).isTrue();
    assertThat(rule.wants("r.example.com/team/app", "v1-rc2")).isFalse();
  }

  @Test
  void aGlobTakesEverythingButItsWildcardsForItself() {
    ImageGlob glob = ImageGlob.of("r.x:5000/a+b/*");

    assertThat(glob.matches("r.x:5000/a+b/c")).isTrue();
    assertThat(glob.matches("rax:5000/aab/c")).isFalse();
    assertThat(glob.matches("r.x:5000/a+b/c/d")).isFalse();
    assertThatThrownBy(() -> ImageGlob.of("*a".repeat(17)))
        .hasMessageContaining("at most 16 wildcards");
  }

  @Test
  void saysHowToGetAFileWhenThereIsNone(@TempDir Path dir) {
    assertThatThrownBy(() -> BuilderConfig.load(dir.resolve("none.toml")))
        .hasMessageContaining("thaw builder check --example");
  }

  private static BuilderRegistry registry(String host) {
    return new BuilderRegistry(host, java.util.List.of(), false, false);
  }
}
