package io.thaw.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

class OptionsTest {
  private static final Set<String> HOST = Set.of("one.example.com");

  @Command(name = "test")
  static final class Example {
    @Mixin RegistryOptions registry = new RegistryOptions();
  }

  @Test
  void sendsALoginOnlyToTheRegistryOfTheCommand() throws IOException {
    CredentialSource source = credentials(HOST, "--user", "bob:se:cret");
    assertThat(source.credentialsFor(new Repository("one.example.com", "app")))
        .contains(new Credentials.Basic("bob", "se:cret"));
    assertThat(source.credentialsFor(new Repository("two.example.com", "app"))).isEmpty();
  }

  @Test
  void asksForAPasswordThatIsMissing() throws IOException {
    CredentialSource source = credentials(HOST, "-u", "bob");
    assertThat(source.credentialsFor(new Repository("one.example.com", "app")))
        .contains(new Credentials.Basic("bob", "asked of bob"));
  }

  @Test
  void takesARefreshToken() throws IOException {
    CredentialSource source = credentials(HOST, "--refresh", "token");
    assertThat(source.credentialsFor(new Repository("one.example.com", "app")))
        .contains(new Credentials.IdentityToken("token"));
  }

  @Test
  void refusesOneLoginForTwoRegistriesAndANamelessOne() {
    assertThatThrownBy(() -> credentials(Set.of("a", "b"), "-u", "bob:secret"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("a and b")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> credentials(HOST, "-u", ":secret"))
        .isInstanceOf(ParameterException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void neverShowsASecret() {
    assertThat(credentials(HOST, "-u", "bob:secret").toString()).doesNotContain("secret");
  }

  @Test
  void relaxesOnlyTheHostsOfTheCommand() {
    Example example = new Example();
    new CommandLine(example).parseArgs("--plain-http", "--insecure");
    assertThat(example.registry.config(HOST).plainHttpHosts()).isEqualTo(HOST);
    assertThat(example.registry.config(HOST).insecureHosts()).isEqualTo(HOST);
  }

  @Test
  void readsTimesAsTheToolsOfTheFieldDo() {
    assertThat(GoDuration.parse("90s").value()).isEqualTo(Duration.ofSeconds(90));
    assertThat(GoDuration.parse("1h2m3s").value()).isEqualTo(Duration.ofSeconds(3723));
    assertThat(GoDuration.parse("250ms").value()).isEqualTo(Duration.ofMillis(250));
    assertThat(GoDuration.parse("1.5h").value()).isEqualTo(Duration.ofMinutes(90));
    assertThat(GoDuration.parse("5m").value()).isEqualTo(Duration.ofMinutes(5));
    assertThat(GoDuration.parse("0")).isEqualTo(GoDuration.ZERO);
    for (String wrong : new String[] {"", "5", "s", "-1s", "1d", "1.s"}) {
      assertThatThrownBy(() -> GoDuration.parse(wrong)).isInstanceOf(TypeConversionException.class);
    }
    assertThat(GoDuration.seconds(Duration.ofSeconds(3723))).isEqualTo("1h2m3s");
    assertThat(GoDuration.seconds(Duration.ofMinutes(2))).isEqualTo("2m0s");
    assertThat(GoDuration.seconds(Duration.ofSeconds(-5))).isEqualTo("0s");
  }

  @Test
  void usersWithoutASharedRootHaveOneOfTheirOwn() {
    Path root = GlobalOptions.defaultRoot(Map.of("XDG_DATA_HOME", "/nowhere/data"));
    assertThat(root).isIn(Path.of("/var/lib/thaw"), Path.of("/nowhere/data/thaw"));
    assertThat(GlobalOptions.defaultRoot(Map.of("THAW_ROOT", "/set"))).isEqualTo(Path.of("/set"));
    Path home = GlobalOptions.defaultRoot(Map.of("HOME", "/nowhere"));
    assertThat(home).isIn(Path.of("/var/lib/thaw"), Path.of("/nowhere/.local/share/thaw"));
  }

  private static CredentialSource credentials(Set<String> hosts, String... args) {
    Example example = new Example();
    CommandLine commandLine = new CommandLine(example);
    commandLine.parseArgs(args);
    return example.registry.credentials(
        commandLine.getCommandSpec(), hosts, name -> Optional.of("asked of " + name));
  }
}
