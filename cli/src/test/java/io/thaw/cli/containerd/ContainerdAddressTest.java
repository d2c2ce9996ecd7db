package io.thaw.cli.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerdAddressTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("CONTAINERD_ADDRESS", "/env.sock", "CONTAINERD_NAMESPACE", "env");

  @Test
  void isContainerdsOwnWithoutWordFromAnybody() {
    ContainerdAddress address = ContainerdAddress.of(null, "", Duration.ZERO, Map.of());

    assertThat(address.socket()).isEqualTo(Path.of("/run/containerd/containerd.sock"));
    assertThat(address.namespace()).isEqualTo("default");
  }

  @Test
  void isTheEnvironmentsIfTheUserIsSilent() {
    ContainerdAddress address = ContainerdAddress.of("", null, Duration.ZERO, ENVIRONMENT);

    assertThat(address.socket()).isEqualTo(Path.of("/env.sock"));
    assertThat(address.namespace()).isEqualTo("env");
  }

  @Test
  void isTheUsersInTheFirstPlace() {
    ContainerdAddress address =
        ContainerdAddress.of("unix:///mine.sock", "k8s.io", Duration.ZERO, ENVIRONMENT);

    assertThat(address.socket()).isEqualTo(Path.of("/mine.sock"));
    assertThat(address.namespace()).isEqualTo("k8s.io");
  }

  @Test
  void isNoOtherKindOfAddress() {
    assertThatThrownBy(
            () -> ContainerdAddress.of("tcp://127.0.0.1:80", null, Duration.ZERO, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tcp://127.0.0.1:80 is no unix socket");
  }

  @Test
  void isNoLongerThanASocketsPathMayBe() {
    String path = "/" + "a".repeat(107);

    assertThatThrownBy(() -> ContainerdAddress.of(path, null, Duration.ZERO, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 107 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "-a", "a..b", "a\r\nb", "ä", "."})
  void refusesNamespacesThatContainerdRefuses(String namespace) {
    assertThatThrownBy(() -> ContainerdAddress.of(null, namespace, Duration.ZERO, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be a containerd namespace");
  }
}
