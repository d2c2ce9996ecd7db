package io.thaw.daemon.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.config.Config;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParseResult;

class DaemonPlacesTest {
  private static final Path DEFAULT = Config.defaults().address();
  private static final Path SOCI_SOCKET =
      Path.of("/run/soci-snapshotter-grpc/soci-snapshotter-grpc.sock");

  @Test
  void inPlaceOfSocisDaemonItListensWhereThatOneDoes() throws IOException {
    DaemonPlaces places = DaemonPlaces.of("soci-snapshotter-grpc");
    assertThat(places.config()).isEqualTo(Path.of("/etc/soci-snapshotter-grpc/config.toml"));
    assertThat(places.address(null, DEFAULT)).isEqualTo(SOCI_SOCKET);
    assertThat(places.address(null, Path.of("/run/set.sock"))).isEqualTo(Path.of("/run/set.sock"));
    assertThat(places.address("unix:///run/a.sock", DEFAULT)).isEqualTo(Path.of("/run/a.sock"));
    assertThat(places.address("fd://", DEFAULT)).isEqualTo(SOCI_SOCKET);
  }

  @Test
  void underItsOwnNameItHasItsOwnPlaces() throws IOException {
    DaemonPlaces places = DaemonPlaces.of("thawd");
    assertThat(places.config()).isEqualTo(Config.DEFAULT_PATH);
    assertThat(places.address(null, DEFAULT)).isEqualTo(DEFAULT);
    assertThat(places.address("/run/b.sock", DEFAULT)).isEqualTo(Path.of("/run/b.sock"));
    assertThatThrownBy(() -> places.address("tcp://1.2.3.4:5", DEFAULT))
        .hasMessageContaining("unix socket");
  }

  @Test
  void inPlaceOfSocisDaemonVariablesStandForOptions() {
    Map<String, String> environment =
        Map.of(
            "SOCI_SNAPSHOTTER_ROOT", "/data",
            "SOCI_SNAPSHOTTER_LOG_LEVEL", "debug",
            "SOCI_SNAPSHOTTER_ADDRESS", "/run/from-variable.sock",
            "SOCI_SNAPSHOTTER_VERSION", "true");
    ParseResult parsed =
        ThawdMain.commandLine("soci-snapshotter-grpc", environment)
            .parseArgs("--address", "/run/given.sock");
    assertThat(value(parsed, "--root")).isEqualTo(Path.of("/data"));
    assertThat(value(parsed, "--log-level")).isEqualTo("debug");
    assertThat(value(parsed, "--address")).isEqualTo("/run/given.sock");
    assertThat(value(parsed, "--config")).isNull();
    assertThat(parsed.isVersionHelpRequested()).isFalse();
  }

  @Test
  void underItsOwnNameThoseVariablesMeanNothing() {
    ParseResult parsed =
        ThawdMain.commandLine("thawd", Map.of("SOCI_SNAPSHOTTER_ROOT", "/data")).parseArgs();
    assertThat(value(parsed, "--root")).isNull();
  }

  private static Object value(ParseResult parsed, String option) {
    return parsed.commandSpec().findOption(option).getValue();
  }

  @Test
  void saysWhoServesUnderSocisName() {
    StringWriter out = new StringWriter();
    int code =
        ThawdMain.commandLine("soci-snapshotter-grpc", Map.of())
            .setOut(new PrintWriter(out, true))
            .execute("--version");
    assertThat(code).isZero();
    assertThat(out.toString()).startsWith("soci-snapshotter-grpc version, served by thawd ");
  }
}
