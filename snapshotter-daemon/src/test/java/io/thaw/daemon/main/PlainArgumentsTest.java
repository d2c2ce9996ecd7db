package io.thaw.daemon.main;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What [ThawdMain] takes without its command line library, and what it leaves to it.
final class PlainArgumentsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--config /etc/thaw/other.toml",
        "--root /data --address /run/x.sock --log-level debug --config c"
      })
  void takesOptionsWithValues(String arguments) {
    assertThat(ThawdMain.plain("thawd", split(arguments))).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--version",
        "--config",
        "--root=/data",
        "--confg c",
        "--config --root",
        "--config c extra",
        "config dump"
      })
  void leavesEverythingElse(String arguments) {
    assertThat(ThawdMain.plain("thawd", split(arguments))).isNull();
  }

  @Test
  void leavesSocisNameWhichHasVariables() {
    assertThat(ThawdMain.plain("soci-snapshotter-grpc", new String[0])).isNull();
  }

  private static String[] split(String arguments) {
    return arguments.isEmpty() ? new String[0] : arguments.split(" ", -1);
  }
}
