package io.thaw.cli.builder;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.ThawMain;
import io.thaw.config.BuilderConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands around the service, without one.
class BuilderCommandsTest {
  @TempDir Path dir;

  private record Run(int code, String out, String err) {}

  @Test
  void theExampleIsPrintedAsItIs() {
    assertThat(run("check", "--example")).isEqualTo(new Run(0, BuilderConfig.example(), ""));
  }

  @Test
  void checkSaysWhatTheServiceWouldDo() throws IOException {
    Path config = config(8417, "exlude = []\n");

    Run run = run("check", "--config", config.toString());

    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("listens at 127.0.0.1:8417 (loopback only)")
        .contains("made at the first start, in " + dir.resolve("root/secret"))
        .contains("registry   r.example.com")
        .contains("rule       all: v2 of [r.example.com/**]");
    assertThat(run.err()).contains("exlude: unknown key; did you mean exclude?");
    assertThat(dir.resolve("root")).doesNotExist();
  }

  @Test
  void checkTellsTheLineOfWhatIsWrong() throws IOException {
    Path config = config(8417, "format = \"v3\"\n");

    assertThat(run("check", "--config", config.toString()))
        .isEqualTo(
            new Run(
                1,
                "",
                "thaw: "
                    + config
                    + ":8:1: format: expected one of \"v1\", \"v2\" but found \"v3\"\n"));
  }

  @Test
  void withoutABuilderTheOthersSayHowToGetOne() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    String config = config(port, "").toString();

    assertThat(run("status", "--config", config).err()).contains("start it first");
    Files.createDirectories(dir.resolve("root"));
    Path secret = Files.writeString(dir.resolve("root/secret"), "correct-horse-battery");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    for (String[] command :
        new String[][] {
          {"status", "--config", config}, {"submit", "--config", config, "r.example.com/app:1"}
        }) {
      Run run = run(command);
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.err()).startsWith("thaw: no builder answers at http://127.0.0.1:" + port);
    }
  }

  private Path config(int port, String more) throws IOException {
    return Files.writeString(
        dir.resolve("builder.toml"),
        """
        root = "%s"
        listen = "127.0.0.1:%d"
        [[registry]]
        host = "r.example.com"
        [[rule]]
        name = "all"
        images = ["r.example.com/**"]
        %s
        """
            .formatted(dir.resolve("root"), port, more));
  }

  private static Run run(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "builder";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = ThawMain.run("thaw", out, err, all);
    return new Run(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
