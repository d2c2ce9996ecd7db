package io.thaw.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PushTest extends RegistryTest {

  private final byte[] bytes = random(300_000, 4);
  private final Digest digest = Digest.sha256(bytes);
  private final AtomicInteger opened = new AtomicInteger();

  private RegistryClient.BlobPush push(RegistryClient client, Repository mountFrom)
      throws IOException {
    BlobSource source =
        () -> {
          opened.incrementAndGet();
          return new ByteArrayInputStream(bytes);
        };
    return client.pushBlob(registry.repository(), digest, bytes.length, source, mountFrom);
  }

  @Test
  void uploadsABlobAndFindsItAgain() throws IOException {
    RegistryClient client = client();
    assertThat(client.blobExists(registry.repository(), digest)).isEmpty();
    assertThat(push(client, null)).isEqualTo(RegistryClient.BlobPush.UPLOADED);
    assertThat(registry.blobs.get(digest.toString())).isEqualTo(bytes);
    assertThat(client.blobExists(registry.repository(), digest)).hasValue(bytes.length);
  }

  @Test
  void sendsNothingTheRegistryHas() throws IOException {
    registry.addBlob(bytes);
    assertThat(push(client(), null)).isEqualTo(RegistryClient.BlobPush.PRESENT);
    assertThat(opened).hasValue(0);
    assertThat(registry.server.requests("POST", "")).isEmpty();
  }

  @Test
  void mountsFromAnotherRepositoryWhereTheRegistryAllowsIt() throws IOException {
    registry.auth = FakeRegistry.Auth.BEARER;
    registry.mountAllowed = true;
    assertThat(push(client(login()), new Repository(registry.server.host(), "base/os")))
        .isEqualTo(RegistryClient.BlobPush.MOUNTED);
    assertThat(opened).hasValue(0);
    assertThat(registry.tokens.requests())
        .extracting(seen -> FakeServer.Seen.parameters(seen.query()).get("scope"))
        .contains("repository:team/app:pull,push repository:base/os:pull");
  }

  @Test
  void uploadsWhenTheMountIsDeclined() throws IOException {
    push(client(), new Repository(registry.server.host(), "base/os"));
    assertThat(opened).hasValue(1);
    assertThat(registry.blobs).containsKey(digest.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404, 405})
  void uploadsWhenTheMountIsRefusedOutright(int status) throws IOException {
    registry.mountRefusal = status;
    assertThat(push(client(), new Repository(registry.server.host(), "base/os")))
        .isEqualTo(RegistryClient.BlobPush.UPLOADED);
    assertThat(opened).hasValue(1);
    assertThat(registry.blobs).containsKey(digest.toString());
  }

  @Test
  void startsOverWhenTheUploadFailsForAPassingReason() throws IOException {
    for (int i = 0; i < 2; i++) {
      registry.failNext.add(503);
    }
    push(client(), null);
    assertThat(registry.blobs.get(digest.toString())).isEqualTo(bytes);
    assertThat(waits.waits).hasSize(2);
  }

  @Test
  void contentThatIsShorterThanSaidIsAnError() {
    config = config.withRetry(attempts(1));
    assertThatThrownBy(
            () ->
                client()
                    .pushBlob(
                        registry.repository(),
                        digest,
                        bytes.length + 1,
                        () -> new ByteArrayInputStream(bytes),
                        null))
        .isInstanceOf(RegistryException.class);
    assertThat(registry.blobs).isEmpty();
  }

  @Test
  void anEmptyBlobGoesUpToo() throws IOException {
    Digest empty = Digest.sha256(new byte[0]);
    client()
        .pushBlob(
            registry.repository(), empty, 0, () -> new ByteArrayInputStream(new byte[0]), null);
    assertThat(registry.blobs).containsKey(empty.toString());
  }

  @Test
  void pushesAManifestByTagAndByDigest() throws IOException {
    byte[] manifest = "{\"schemaVersion\":2}".getBytes(UTF_8);
    Digest expected = Digest.sha256(manifest);
    var pushed = client().pushManifest(registry.repository(), "v1", "application/x", manifest);
    assertThat(pushed.descriptor())
        .isEqualTo(new Descriptor("application/x", expected, manifest.length));
    assertThat(pushed.subject()).contains(Digest.sha256(new byte[0]));
    client().pushManifest(registry.repository(), expected, "application/x", manifest);
    assertThat(registry.manifests).containsKeys("v1", expected.toString());
    assertThatThrownBy(() -> client().pushManifest(registry.repository(), digest, "a/b", manifest))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void asksForAPushTokenOnlyWhenPushing() throws IOException {
    registry.auth = FakeRegistry.Auth.BEARER;
    RegistryClient client = client(login());
    push(client, null);
    assertThat(registry.tokens.requests())
        .extracting(seen -> FakeServer.Seen.parameters(seen.query()).get("scope"))
        .containsExactly("repository:team/app:pull", "repository:team/app:pull,push");
  }
}
