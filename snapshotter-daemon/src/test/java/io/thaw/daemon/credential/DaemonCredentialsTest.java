package io.thaw.daemon.credential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DaemonCredentialsTest {

  @Test
  void dockersOwnVariableGoesFirst() {
    assertThat(
            DaemonCredentials.files(Map.of("DOCKER_CONFIG", "/etc/docker-auth", "HOME", "/home/x")))
        .containsExactly(
            Path.of("/etc/docker-auth/config.json"),
            Path.of("/home/x/.docker/config.json"),
            Path.of("/var/lib/kubelet/config.json"));
  }

  @Test
  void aUnitWithoutHomeIsRoots() {
    assertThat(DaemonCredentials.files(Map.of())).contains(Path.of("/root/.docker/config.json"));
  }
}
