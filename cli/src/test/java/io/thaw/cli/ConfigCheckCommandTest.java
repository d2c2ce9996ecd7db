package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.Cli.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCheckCommandTest {
  @TempDir Path dir;

  @Test
  void saysThatAFileIsValid() throws IOException {
    Run run = check("[fill]\nenable = false\n");
    assertThat(run.code()).isZero();
    assertThat(run.out()).isEqualTo(dir.resolve("c.toml") + " is valid.\n");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void namesLineColumnAndKeyOfAnError() throws IOException {
    Run run = check("\n[fill]\nenable = 3\n");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("c.toml:3:").contains("fill.enable");
  }

  @Test
  void warnsOfAnUnknownKeyWhichIsAnErrorOnlyIfWished() throws IOException {
    Run run = check("[fill]\nenabel = false\n");
    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("c.toml:2: fill.enabel");

    Run strict = Cli.run("config", "check", "--strict", dir.resolve("c.toml"));
    assertThat(strict.code()).isEqualTo(1);
    assertThat(strict.err()).contains("c.toml:2: fill.enabel");
  }

  @Test
  void aFileThatIsNotThereIsAnError() {
    Run run = Cli.run("config", "check", dir.resolve("none.toml"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("none.toml");
  }

  private Run check(String toml) throws IOException {
    Files.writeString(dir.resolve("c.toml"), toml);
    return Cli.run("config", "check", dir.resolve("c.toml"));
  }
}
