package io.thaw.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.registry.hosts.HostsDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Mirrors in `hosts.toml`: what is asked of whom, in which order, and what happens when one is
/// dead.
class MirrorTest extends RegistryTest {

  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final byte[] BLOB = random(1000, 5);

  @TempDir Path hosts;
  private FakeRegistry mirror;
  private Digest blob;
  private Digest manifest;

  @BeforeEach
  void store() throws IOException {
    mirror = new FakeRegistry();
    blob = registry.addBlob(BLOB);
    manifest = registry.addManifest("v1", TYPE, "{}".getBytes(UTF_8));
    config = config.withHosts(new HostsDirectory(List.of(hosts)));
    write("[host.\"" + mirror.server.url() + "\"]\ncapabilities = [\"pull\", \"resolve\"]\n");
  }

  @AfterEach
  void end() {
    mirror.close();
  }

  private void write(String toml) throws IOException {
    Path directory = Files.createDirectories(hosts.resolve(registry.server.host()));
    // A new file each time: two versions within one tick of the clock differ all the same.
    Path fresh = Files.writeString(hosts.resolve("hosts.toml.new"), toml);
    Files.move(
        fresh, directory.resolve("hosts.toml"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private byte[] read(RegistryClient client) throws IOException {
    try (RangeResponse range = client.blobRange(registry.repository(), blob, 0, 10)) {
      return range.body().readAllBytes();
    }
  }

  @Test
  void aMirrorIsAskedFirstAndToldWhomItStandsInFor() throws IOException {
    mirror.addBlob(BLOB);
    mirror.addManifest("v1", TYPE, "{}".getBytes(UTF_8));
    RegistryClient client = client();
    read(client);
    assertThat(client.resolve(new Reference(registry.repository(), "v1", null)).digest())
        .isEqualTo(manifest);
    assertThat(registry.server.requests()).isEmpty();
    assertThat(mirror.server.requests())
        .hasSize(2)
        .allSatisfy(
            seen ->
                assertThat(FakeServer.Seen.parameters(seen.query()))
                    .containsEntry("ns", registry.server.host()));
    assertThat(mirror.server.requests().getFirst().path()).startsWith("/v2/team/app/blobs/");
  }

  @Test
  void whatTheMirrorDoesNotHaveComesFromTheUpstreamWithoutNs() throws IOException {
    RegistryClient client = client();
    assertThat(read(client)).isEqualTo(Arrays.copyOf(BLOB, 10));
    assertThat(client.manifest(registry.repository(), manifest).bytes()).hasSize(2);
    assertThat(registry.server.requests()).hasSize(2);
    assertThat(registry.server.requests()).allSatisfy(s -> assertThat(s.query()).isEmpty());
    assertThat(mirror.server.requests()).as("a missing blob is no failure").hasSize(2);
    assertThat(waits.waits).isEmpty();
  }

  @Test
  void mirrorsAreTriedInTheOrderOfTheFile() throws IOException {
    try (FakeRegistry second = new FakeRegistry()) {
      second.addBlob(BLOB);
      write("[host.\"%s\"]\n[host.\"%s\"]\n".formatted(mirror.server.url(), second.server.url()));
      read(client());
      assertThat(mirror.server.requests()).hasSize(1);
      assertThat(second.server.requests()).hasSize(1);
      assertThat(registry.server.requests()).isEmpty();
    }
  }

  @Test
  void aDeadMirrorIsLeftAloneAndTriedAgainLater() throws IOException {
    mirror.addBlob(BLOB);
    mirror.down = 503;
    RegistryClient client = client();
    for (int i = 0; i < 10; i++) {
      read(client);
    }
    assertThat(mirror.server.requests()).as("not asked again").hasSize(1);
    now = now.plus(MirrorHealth.FIRST_PAUSE);
    read(client);
    read(client);
    assertThat(mirror.server.requests()).as("one try after the pause").hasSize(2);
    mirror.down = 0;
    now = now.plus(MirrorHealth.MAX_PAUSE);
    int before = registry.server.requests().size();
    read(client);
    read(client);
    assertThat(registry.server.requests()).hasSize(before);
    assertThat(mirror.server.requests()).hasSize(4);
    assertThat(waits.waits).as("the upstream is asked at once").isEmpty();
  }

  /// The mirror has a blob of that digest whose bytes are not the right ones.
  private void spoil() {
    byte[] wrong = BLOB.clone();
    wrong[3] ^= 1;
    mirror.blobs.put(blob.toString(), wrong);
  }

  @Test
  void aMirrorWhoseBytesWereWrongIsNotAskedAgainForAWhile() throws IOException {
    spoil();
    RegistryClient client = client();
    RangeResponse.Origin origin;
    try (RangeResponse range = client.blobRange(registry.repository(), blob, 0, 10)) {
      assertThat(range.body().readAllBytes()).isNotEqualTo(Arrays.copyOf(BLOB, 10));
      origin = range.origin();
    }

    assertThat(origin.distrust("span 0 has another digest")).isTrue();

    for (int i = 0; i < 10; i++) {
      assertThat(read(client)).isEqualTo(Arrays.copyOf(BLOB, 10));
    }
    assertThat(mirror.server.requests()).as("asked once").hasSize(1);
    assertThat(client.mirrorsDistrusted()).isEqualTo(1);
    assertThat(waits.waits).as("the upstream is asked at once").isEmpty();

    now = now.plus(MirrorHealth.DISTRUST);
    mirror.addBlob(BLOB);
    read(client);
    read(client);
    assertThat(mirror.server.requests()).as("trusted again").hasSize(3);
  }

  @Test
  void aGoodAnswerThatWasUnderWayDoesNotGiveTheTrustBack() throws IOException {
    mirror.addBlob(BLOB);
    RegistryClient client = client();
    try (RangeResponse first = client.blobRange(registry.repository(), blob, 0, 10)) {
      assertThat(first.origin().distrust("one")).isTrue();
      assertThat(first.origin().distrust("two")).isTrue();
      assertThat(first.body().readAllBytes()).hasSize(10);
    }
    read(client);
    assertThat(mirror.server.requests()).hasSize(1);
    assertThat(client.mirrorsDistrusted()).as("once per loss of trust").isEqualTo(1);
  }

  @Test
  void theStorageOfAMirrorThatIsNotTrustedIsNotAskedEither() throws IOException {
    spoil();
    mirror.redirectStatus = 307;
    RegistryClient client = client();
    Digest other = registry.addBlob(random(500, 9));
    mirror.blobs.put(other.toString(), random(500, 10));
    read(client);
    try (RangeResponse range = client.blobRange(registry.repository(), other, 0, 10)) {
      var _ = range.origin().distrust("wrong");
    }
    int asked = mirror.storage.requests().size();

    assertThat(read(client)).isEqualTo(Arrays.copyOf(BLOB, 10));

    assertThat(mirror.storage.requests()).hasSize(asked);
  }

  @Test
  void wrongBytesOfTheUpstreamItselfLeaveNobodyElseToAsk() throws IOException {
    mirror.close();
    RegistryClient client = client();
    try (RangeResponse range = client.blobRange(registry.repository(), blob, 0, 10)) {
      assertThat(range.origin().distrust("wrong")).isFalse();
    }
    assertThat(read(client)).hasSize(10);
    assertThat(client.mirrorsDistrusted()).isZero();
  }

  @Test
  void aWholeBlobThatIsWrongCostsTheMirrorItsTrust() throws IOException {
    spoil();
    RegistryClient client = client();
    assertThatThrownBy(
            () -> {
              try (InputStream in = client.blob(registry.repository(), blob)) {
                in.readAllBytes();
              }
            })
        .hasMessageContaining("has the digest");

    try (InputStream in = client.blob(registry.repository(), blob)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(mirror.server.requests()).hasSize(1);
  }

  @Test
  void aMirrorNobodyListensAtCostsNothingButOneTry() throws IOException {
    mirror.close();
    RegistryClient client = client();
    read(client);
    read(client);
    assertThat(registry.server.requests()).hasSize(2);
    assertThat(waits.waits).isEmpty();
  }

  @Test
  void aTransferThatBreaksOnTheMirrorGoesOnFromTheUpstream() throws IOException {
    mirror.addBlob(BLOB);
    mirror.bodyFaults.add(FakeRegistry.BodyFault.CUT_SHORT);
    try (RangeResponse range = client().blobRange(registry.repository(), blob, 0, 1000)) {
      assertThat(range.body().readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(registry.server.requests())
        .singleElement()
        // What had come before the break may be lost with the connection, or not.
        .satisfies(seen -> assertThat(seen.range()).isIn("bytes=500-999", "bytes=0-999"));
  }

  @Test
  void aMirrorWhoseManifestIsNotTheRightOneIsNotBelieved() throws IOException {
    mirror.addManifest("v1", TYPE, "[]".getBytes(UTF_8));
    mirror.manifests.put(manifest.toString(), FakeRegistry.Stored.of(TYPE, "[]".getBytes(UTF_8)));
    assertThat(client().manifest(registry.repository(), manifest).bytes())
        .isEqualTo("{}".getBytes(UTF_8));
  }

  @Test
  void aMirrorForPullingOnlyIsNotAskedWhatTagsAndReferrersAre() throws IOException {
    write("[host.\"" + mirror.server.url() + "\"]\ncapabilities = [\"pull\"]\n");
    RegistryClient client = client();
    client.resolve(new Reference(registry.repository(), "v1", null));
    client.referrers(registry.repository(), manifest, null);
    assertThat(mirror.server.requests()).isEmpty();
    client.manifest(registry.repository(), manifest);
    assertThat(mirror.server.requests()).hasSize(1);
  }

  @Test
  void referrersOfAMirrorWithoutTheApiComeFromTheUpstream() throws IOException {
    registry.referrersApi = true;
    String page =
        "{\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":2}]}"
            .formatted(TYPE, manifest);
    registry.referrerPages.put(
        "1",
        FakeRegistry.Stored.of("application/vnd.oci.image.index.v1+json", page.getBytes(UTF_8)));
    assertThat(client().referrers(registry.repository(), manifest, null)).hasSize(1);
    assertThat(mirror.server.requests("GET", "/referrers/")).hasSize(1);
  }

  @Test
  void uploadsGoToWhereTheyMay() throws IOException {
    client()
        .pushBlob(
            registry.repository(),
            Digest.sha256(new byte[3]),
            3,
            () -> new java.io.ByteArrayInputStream(new byte[3]),
            null);
    assertThat(mirror.server.requests()).isEmpty();
    assertThat(registry.blobs).containsKey(Digest.sha256(new byte[3]).toString());
    write("capabilities = [\"pull\"]\n[host.\"http://127.0.0.1:1\"]\ncapabilities = [\"pull\"]\n");
    RegistryException e = failure(() -> client().blobExists(registry.repository(), blob));
    assertThat(e).hasMessageContaining("capability \"push\"").hasMessageContaining("hosts.toml");
  }

  @Test
  void headersGoToTheHostTheyAreForAndToNoOther() throws IOException {
    write(
        """
        [host."%s"]
        [host."%s".header]
        x-custom = ["one", "two"]
        authorization = "Basic header-secret"
        """
            .formatted(mirror.server.url(), mirror.server.url()));
    mirror.addBlob(BLOB);
    mirror.redirectStatus = 307;
    read(client());
    FakeServer.Seen seen = mirror.server.requests().getFirst();
    assertThat(seen.headers().get("X-custom")).containsExactly("one, two");
    assertThat(seen.authorization()).isEqualTo("Basic header-secret");
    assertThat(mirror.storage.requests().getFirst().headers()).doesNotContainKey("X-custom");
    assertThat(mirror.storage.requests().getFirst().authorization()).isNull();
    assertThat(config.hosts().rulesFor(registry.server.host()).orElseThrow().toString())
        .doesNotContain("header-secret");
  }

  @Test
  void aMirrorIsShownItsOwnLoginAndNeverTheUpstreams() throws IOException {
    mirror.auth = FakeRegistry.Auth.BASIC;
    mirror.addBlob(BLOB);
    Set<String> asked = java.util.concurrent.ConcurrentHashMap.newKeySet();
    CredentialSource logins =
        repository -> {
          asked.add(repository.host());
          return repository.host().equals(mirror.server.host())
              ? Optional.empty()
              : Optional.of(new Credentials.Basic(FakeRegistry.USER, FakeRegistry.PASSWORD));
        };
    RegistryClient client = client(logins);
    read(client);
    assertThat(asked).containsExactly(mirror.server.host());
    assertThat(mirror.server.requests()).allSatisfy(s -> assertThat(s.authorization()).isNull());
    assertThat(registry.server.requests()).hasSize(1);
  }

  @Test
  void overridePathLeavesTheAddressAsItIs() throws IOException {
    mirror.addBlob(BLOB);
    write("[host.\"%s/proxy/hub\"]\noverride_path = true\n".formatted(mirror.server.url()));
    read(client());
    assertThat(mirror.server.requests().getFirst().path()).startsWith("/proxy/hub/team/app/blobs/");
  }

  @Test
  void serverReplacesTheUpstream() throws IOException {
    mirror.addBlob(BLOB);
    write("server = \"" + mirror.server.url() + "\"\n");
    read(client());
    assertThat(registry.server.requests()).isEmpty();
    assertThat(mirror.server.requests()).hasSize(1);
  }

  @Test
  void aChangedFileActsOnTheNextRequest() throws IOException {
    mirror.addBlob(BLOB);
    RegistryClient client = client();
    read(client);
    write("");
    read(client);
    assertThat(mirror.server.requests()).hasSize(1);
    assertThat(registry.server.requests()).hasSize(1);
  }
}
