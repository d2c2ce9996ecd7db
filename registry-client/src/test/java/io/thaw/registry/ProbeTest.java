package io.thaw.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.registry.HostProbe.Ranges;
import io.thaw.registry.hosts.HostsDirectory;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is told of each host when somebody looks for a fault.
class ProbeTest extends RegistryTest {
  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";

  @TempDir Path hosts;
  private Digest blob;

  @BeforeEach
  void store() {
    blob = registry.addBlob(random(1000, 5));
    registry.addManifest("v1", TYPE, "{}".getBytes(UTF_8));
  }

  private Reference image() {
    return new Reference(registry.repository(), "v1", null);
  }

  private HostProbe only() throws IOException {
    return only(CredentialSource.anonymous());
  }

  private HostProbe only(CredentialSource credentials) throws IOException {
    List<HostProbe> probes = client(credentials).probe(image(), blob);
    assertThat(probes).hasSize(1);
    return probes.getFirst();
  }

  @Test
  void aGoodRegistryAnswersServesRangesAndTellsTheTime() throws IOException {
    now = Instant.now().minus(Duration.ofHours(1));
    HostProbe probe = only();
    assertThat(probe.address()).isEqualTo("http://" + registry.server.host());
    assertThat(probe.mirror()).isFalse();
    assertThat(probe.failure()).isEmpty();
    assertThat(probe.ranges()).isEqualTo(Ranges.HONOURED);
    assertThat(probe.nextAnswer()).isPresent();
    assertThat(probe.clockAhead().orElseThrow())
        .isBetween(Duration.ofMinutes(55), Duration.ofMinutes(65));
  }

  @Test
  void aHostThatIgnoresRangesIsFoundAndItsBlobNotRead() throws IOException {
    registry.ignoreRanges = true;
    assertThat(only().ranges()).isEqualTo(Ranges.IGNORED);
  }

  @Test
  void aRefusedLoginIsAFailureOfThatKindWithoutTheSecret() throws IOException {
    registry.auth = FakeRegistry.Auth.BASIC;
    CredentialSource wrong =
        repository -> Optional.of(new Credentials.Basic(FakeRegistry.USER, "wrong-secret-word"));
    RegistryException failure = only(wrong).failure().orElseThrow();
    assertThat(failure.kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED);
    assertThat(failure.toString()).doesNotContain("wrong-secret-word");
  }

  @Test
  void aFailingHostIsTriedOnce() throws IOException {
    registry.down = 503;
    assertThat(only().failure().orElseThrow().kind()).isEqualTo(RegistryException.Kind.SERVER);
    assertThat(registry.server.requests()).hasSize(1);
    assertThat(waits.waits).isEmpty();
  }

  @Test
  void eachMirrorIsTriedEvenIfAnEarlierOneAnswers() throws IOException {
    String dead;
    try (ServerSocket free = new ServerSocket(0)) {
      dead = "localhost:" + free.getLocalPort();
    }
    Path directory = Files.createDirectories(hosts.resolve(registry.server.host()));
    try (FakeRegistry mirror = new FakeRegistry()) {
      mirror.addManifest("v1", TYPE, "{}".getBytes(UTF_8));
      Files.writeString(
          directory.resolve("hosts.toml"),
          "[host.\"http://%s\"]\n[host.\"%s\"]\n".formatted(dead, mirror.server.url()));
      config = config.withHosts(new HostsDirectory(List.of(hosts)));
      List<HostProbe> probes = client().probe(image(), blob);
      assertThat(probes).hasSize(3);
      assertThat(probes.get(0).address()).isEqualTo("http://" + dead);
      assertThat(probes.get(0).failure().orElseThrow().kind())
          .isEqualTo(RegistryException.Kind.UNREACHABLE);
      assertThat(probes.get(1).mirror()).isTrue();
      assertThat(probes.get(1).failure()).isEmpty();
      assertThat(probes.get(1).ranges()).as("it lacks the blob").isEqualTo(Ranges.REFUSED);
      assertThat(probes.get(2).mirror()).isFalse();
      assertThat(probes.get(2).ranges()).isEqualTo(Ranges.HONOURED);
    }
  }
}
