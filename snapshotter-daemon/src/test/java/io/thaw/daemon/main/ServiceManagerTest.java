package io.thaw.daemon.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the daemon understands of what systemd tells it.
class ServiceManagerTest {
  private static final List<String> SOCKETS =
      List.of(
          "Num       RefCount Protocol Flags    Type St Inode Path",
          "0000000000000000: 00000003 00000000 00000000 0001 03 111 /run/thaw/thaw.sock",
          "0000000000000000: 00000002 00000000 00010000 0001 01 222 /run/thaw/thaw.sock",
          "0000000000000000: 00000002 00000000 00010000 0001 01 333 @abstract",
          "0000000000000000: 00000002 00000000 00010000 0001 01 444",
          "0000000000000000: 00000002 00000000 00010000 0001 01 555 /run/with blank.sock");

  @Test
  void findsTheListeningSocketAndNoConnectionToIt() {
    assertThat(ActivatedSocket.path(SOCKETS, "222")).contains(Path.of("/run/thaw/thaw.sock"));
    assertThat(ActivatedSocket.path(SOCKETS, "555")).contains(Path.of("/run/with blank.sock"));
    assertThat(ActivatedSocket.path(SOCKETS, "111")).isEmpty();
    assertThat(ActivatedSocket.path(SOCKETS, "333")).isEmpty();
    assertThat(ActivatedSocket.path(SOCKETS, "444")).isEmpty();
    assertThat(ActivatedSocket.path(SOCKETS, "666")).isEmpty();
  }

  @Test
  void takesNoSocketThatIsForAnotherProcess() throws IOException {
    assertThat(ActivatedSocket.of(Map.of())).isEmpty();
    assertThat(ActivatedSocket.of(Map.of("LISTEN_FDS", "1"))).isEmpty();
    assertThat(ActivatedSocket.of(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "1"))).isEmpty();
  }

  @Test
  void refusesMoreThanOneSocket() {
    String own = Long.toString(ProcessHandle.current().pid());
    assertThatThrownBy(() -> ActivatedSocket.of(Map.of("LISTEN_FDS", "2", "LISTEN_PID", own)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("2 sockets");
  }

  @Test
  void tellsTheSocketFromDescriptorsOfTheStore() throws IOException {
    assertThat(
            ActivatedSocket.sockets(
                Map.of(
                    "LISTEN_FDS", "3", "LISTEN_FDNAMES", "thaw-mount.1:thawd.socket:thaw-mount.2")))
        .containsExactly(4);
    assertThat(ActivatedSocket.sockets(Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "thaw-mount.1")))
        .isEmpty();
    assertThat(ActivatedSocket.sockets(Map.of("LISTEN_FDS", "1"))).containsExactly(3);
    assertThatThrownBy(() -> ActivatedSocket.sockets(Map.of("LISTEN_FDS", "few")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void knowsHowLongSystemdWaits() {
    assertThat(Watchdog.interval(Map.of("WATCHDOG_USEC", "60000000"), 7))
        .contains(Duration.ofSeconds(60));
    assertThat(Watchdog.interval(Map.of("WATCHDOG_USEC", "5", "WATCHDOG_PID", "7"), 7))
        .contains(Duration.ofNanos(5_000));
    assertThat(Watchdog.interval(Map.of("WATCHDOG_USEC", "5", "WATCHDOG_PID", "8"), 7)).isEmpty();
    assertThat(Watchdog.interval(Map.of(), 7)).isEmpty();
    assertThat(Watchdog.interval(Map.of("WATCHDOG_USEC", "soon"), 7)).isEmpty();
    assertThat(Watchdog.interval(Map.of("WATCHDOG_USEC", "-1"), 7)).isEmpty();
    assertThat(Watchdog.interval(Map.of("WATCHDOG_USEC", "9223372036854775807"), 7)).isEmpty();
  }

  @Test
  void aPathOnTheCommandLineWinsOverASocketThatWasPassed() {
    assertThat(DaemonPlaces.takesActivation(null)).isTrue();
    assertThat(DaemonPlaces.takesActivation("fd://")).isTrue();
    assertThat(DaemonPlaces.takesActivation("/run/x.sock")).isFalse();
  }
}
