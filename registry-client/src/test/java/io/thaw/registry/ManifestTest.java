package io.thaw.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ManifestTest extends RegistryTest {

  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final byte[] BYTES = ("{\"mediaType\":\"" + TYPE + "\"}").getBytes(UTF_8);

  private Reference tagged(String tag) {
    return new Reference(registry.repository(), tag, null);
  }

  @Test
  void resolvesATagByHeadAlone() throws IOException {
    Digest digest = registry.addManifest("v1", TYPE, BYTES);
    assertThat(client().resolve(tagged("v1")))
        .isEqualTo(new Descriptor(TYPE, digest, BYTES.length));
    assertThat(registry.server.requests("GET", "")).isEmpty();
  }

  @Test
  void resolvesByGetWhenHeadDoesNotTellTheDigest() throws IOException {
    Digest digest = registry.addManifest("nodigest", "text/plain; charset=utf-8", BYTES);
    assertThat(client().resolve(tagged("nodigest")))
        .isEqualTo(new Descriptor(TYPE, digest, BYTES.length));
    assertThat(registry.server.requests("GET", "")).hasSize(1);
  }

  @Test
  void readsAManifestByTagAndByDigest() throws IOException {
    Digest digest = registry.addManifest("v1", TYPE + "; charset=utf-8", BYTES);
    Manifest byTag = client().manifest(registry.repository(), "v1");
    assertThat(byTag.bytes()).isEqualTo(BYTES);
    assertThat(byTag.descriptor()).isEqualTo(new Descriptor(TYPE, digest, BYTES.length));
    assertThat(client().manifest(registry.repository(), digest).bytes()).isEqualTo(BYTES);
  }

  @Test
  void refusesAManifestWhoseBytesAreOthers() {
    Digest digest = registry.addManifest("v1", TYPE, BYTES);
    registry.manifests.put(
        digest.toString(), FakeRegistry.Stored.of(TYPE, "{\"x\":1}".getBytes(UTF_8)));
    RegistryException e = failure(() -> client().manifest(registry.repository(), digest));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.CORRUPT);
  }

  /// Its digest is that of the text without the signature that is sent along.
  @Test
  void refusesDockersSchema1AndSaysSo() {
    String type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    Digest signed = registry.addManifest("old", type, BYTES);
    registry.manifests.put(
        signed.toString(), FakeRegistry.Stored.of(type, "{\"signatures\":[]}".getBytes(UTF_8)));
    RegistryException e = failure(() -> client().manifest(registry.repository(), signed));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.MALFORMED);
    assertThat(e).hasMessageContaining("schema 1").hasMessageContaining("push it again");
  }

  @Test
  void refusesAManifestBeyondTheLimit() {
    registry.addManifest("big", TYPE, new byte[2001]);
    registry.addManifest("fits", TYPE, new byte[2000]);
    config = config.withLimits(new RegistryConfig.Limits(4, 5, 2000, 1000, 10));
    RegistryException e = failure(() -> client().manifest(registry.repository(), "big"));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.MALFORMED);
    assertThat(e).hasMessageContaining("limit of 2000 bytes");
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> client().manifest(registry.repository(), "fits")))
        .isNull();
  }

  @Test
  void aMissingTagIsNotFound() {
    RegistryException e = failure(() -> client().resolve(tagged("none")));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.NOT_FOUND);
    assertThat(e).hasMessageContaining("manifest none");
    assertThatThrownBy(() -> client().manifest(registry.repository(), "../x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void passingFailuresAreRetriedWithGrowingJitteredWaits() throws IOException {
    registry.addManifest("v1", TYPE, BYTES);
    for (int status : new int[] {500, 502, 503, 504, 408, 429}) {
      registry.failNext.add(status);
    }
    assertThat(client().manifest(registry.repository(), "v1").bytes()).isEqualTo(BYTES);
    assertThat(waits.waits).hasSize(6);
    long ceiling = 100;
    for (Duration wait : waits.waits) {
      assertThat(wait).isBetween(Duration.ZERO, Duration.ofMillis(ceiling));
      ceiling *= 2;
    }
  }

  @Test
  void triesAreBoundedAndCounted() {
    config = config.withRetry(attempts(3));
    for (int i = 0; i < 10; i++) {
      registry.failNext.add(503);
    }
    RegistryException e = failure(() -> client().manifest(registry.repository(), "v1"));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.SERVER);
    assertThat(e.status()).isEqualTo(503);
    assertThat(e).hasMessageContaining("tried 3 times");
    assertThat(registry.server.requests()).hasSize(3);
  }

  @Test
  void retryAfterIsHonouredInSecondsAndAsADateUpToTheCap() throws IOException {
    registry.addManifest("v1", TYPE, BYTES);
    assertWaits("7", 7);
    assertWaits("Sun, 01 Mar 2026 12:00:11 GMT", 11);
    assertWaits("86400", 30);
    assertWaits("Sun, 01 Mar 2099 12:00:11 GMT", 30);
    assertWaits("soon", 0);
  }

  private void assertWaits(String retryAfter, int seconds) throws IOException {
    waits.waits.clear();
    registry.retryAfter = retryAfter;
    registry.failNext.add(429);
    client().manifest(registry.repository(), "v1");
    Duration least = Duration.ofSeconds(seconds);
    assertThat(waits.waits).hasSize(1);
    assertThat(waits.waits.element()).isBetween(least, least.plusMillis(100));
  }

  @Test
  void aHostNobodyListensOnIsUnreachable() {
    config = config.withRetry(attempts(2));
    Repository nowhere = new Repository("127.0.0.1:1", "a");
    RegistryException e = failure(() -> client().manifest(nowhere, "v1"));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNREACHABLE);
    assertThat(e.host()).isEqualTo("127.0.0.1:1");
    assertThat(waits.waits).hasSize(1);
  }
}
