package io.thaw.cli.builder.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.config.BuilderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
  private static final String SECRET = "correct-horse-battery";

  @TempDir Path dir;

  @Test
  void withoutOneASecretIsMadeForTheOwnerOnlyAndStaysTheSame() throws IOException {
    BuilderConfig config = config("");

    assertThat(Secrets.willBeMade(config, Map.of(), true)).isTrue();
    assertThat(dir.resolve("secret")).doesNotExist();
    Secrets first = Secrets.forService(config, Map.of(), true);
    Secrets second = Secrets.forService(config, Map.of(), true);

    assertThat(first.secret().bearer()).hasSizeGreaterThan(60).isEqualTo(second.secret().bearer());
    assertThat(Secrets.forClient(config, Map.of()).secret().bearer())
        .isEqualTo(first.secret().bearer());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("secret"))))
        .isEqualTo("rw-------");
    assertThat(Secrets.willBeMade(config, Map.of(), true)).isFalse();
  }

  @Test
  void withoutOneOthersMustNotReachTheService() throws IOException {
    BuilderConfig config = config("listen = \"0.0.0.0:8417\"\n");

    assertThatThrownBy(() -> Secrets.forService(config, Map.of(), false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("listen is 0.0.0.0:8417, which others can reach")
        .hasMessageContaining("set auth.secret_file or THAW_BUILDER_SECRET");
    assertThatThrownBy(() -> Secrets.willBeMade(config, Map.of(), false))
        .hasMessageContaining("which others can reach");
    assertThat(dir.resolve("secret")).doesNotExist();
  }

  @Test
  void theEnvironmentGoesBeforeTheFile() throws IOException {
    Path file = privateFile("from-the-file-123456");
    BuilderConfig config = config("[auth]\nsecret_file = \"" + file + "\"\n");

    assertThat(Secrets.forService(config, Map.of(), false).secret().bearer())
        .isEqualTo("Bearer from-the-file-123456");
    assertThat(
            Secrets.forService(config, Map.of(Secrets.SECRET_VARIABLE, SECRET), false)
                .secret()
                .bearer())
        .isEqualTo("Bearer " + SECRET);
  }

  @Test
  void aFileThatOthersCanReadIsRefusedWithoutShowingIt() throws IOException {
    Path file = privateFile(SECRET);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    BuilderConfig config = config("[auth]\nsecret_file = \"" + file + "\"\n");

    assertThatThrownBy(() -> Secrets.forService(config, Map.of(), true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("can be read or written by others (rw-r--r--); chmod 600 it")
        .hasMessageNotContaining(SECRET);
  }

  @Test
  void aSecretThatIsTooShortIsRefusedWithoutShowingIt() throws IOException {
    BuilderConfig config = config("");

    assertThatThrownBy(
            () -> Secrets.forService(config, Map.of(Secrets.READ_SECRET_VARIABLE, "hunter2"), true))
        .hasMessage("THAW_BUILDER_READ_SECRET: a secret has 16 to 4096 characters");
  }

  @Test
  void aClientWithoutASecretIsToldWhereItWouldBe() {
    assertThatThrownBy(() -> Secrets.forClient(config(""), Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(dir.resolve("secret") + "; start it first");
  }

  private Path privateFile(String text) throws IOException {
    Path file = Files.writeString(dir.resolve("given"), text + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private BuilderConfig config(String more) throws IOException {
    return BuilderConfig.parse(
        "b.toml",
        "root = \""
            + dir
            + "\"\n"
            + more
            + """
            [[registry]]
            host = "r.example.com"
            [[rule]]
            name = "all"
            images = ["r.example.com/**"]
            """);
  }
}
