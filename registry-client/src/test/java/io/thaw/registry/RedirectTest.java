package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedirectTest extends RegistryTest {

  private byte[] bytes;
  private Digest digest;

  @BeforeEach
  void store() {
    bytes = random(10_000, 2);
    digest = registry.addBlob(bytes);
    registry.redirectStatus = 307;
  }

  private void readsRange(RegistryClient client, int start, int end) throws IOException {
    try (RangeResponse range = client.blobRange(registry.repository(), digest, start, end)) {
      assertThat(range.body().readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, start, end));
    }
  }

  private int asked() {
    return registry.server.requests("GET", "/blobs/").size();
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void followsEveryKindOfRedirect(int status) throws IOException {
    registry.redirectStatus = status;
    readsRange(client(), 10, 20);
    assertThat(registry.storage.requests()).hasSize(1);
  }

  @Test
  void neverForwardsTheAuthorizationHeaderToAnotherHost() throws IOException {
    registry.auth = FakeRegistry.Auth.BEARER;
    readsRange(client(login()), 10, 20);
    assertThat(registry.storage.requests())
        .extracting(FakeServer.Seen::authorization)
        .containsOnlyNulls();
    assertThat(registry.storage.requests().getFirst().range()).isEqualTo("bytes=10-19");
  }

  @Test
  void laterRangesGoStraightToTheStorage() throws IOException {
    RegistryClient client = client();
    for (int i = 0; i < 5; i++) {
      readsRange(client, i, i + 100);
    }
    assertThat(asked()).isEqualTo(1);
    assertThat(registry.storage.requests()).hasSize(5);
  }

  @Test
  void anExpiredLinkIsResolvedAgainOnce() throws IOException {
    RegistryClient client = client();
    readsRange(client, 0, 10);
    registry.expireLinks();
    readsRange(client, 10, 20);
    readsRange(client, 20, 30);
    assertThat(asked()).isEqualTo(2);
    assertThat(registry.storage.requests()).hasSize(4);
    assertThat(waits.waits).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404})
  void aFreshLinkThatIsRefusedIsResolvedOnceMore(int status) throws IOException {
    registry.failStorage.add(status);
    readsRange(client(), 0, 10);
    assertThat(asked()).isEqualTo(2);
    registry.failStorage.add(status);
    registry.failStorage.add(status);
    RegistryException e = failure(() -> readsRange(client(), 0, 10));
    assertThat(e.host()).isEqualTo(registry.storage.host());
    assertThat(asked()).isEqualTo(4);
  }

  @Test
  void aStorageThatMovedIsFoundAgain() throws Exception {
    RegistryClient client = client();
    readsRange(client, 0, 10);
    registry.storage.close();
    try (FakeServer moved =
        new FakeServer(
            (seen, exchange) -> {
              exchange.getResponseHeaders().set("Content-Range", "bytes 10-19/10000");
              FakeServer.answer(exchange, 206, Arrays.copyOfRange(bytes, 10, 20));
            })) {
      registry.redirectTo = moved.url() + "/elsewhere";
      readsRange(client, 10, 20);
    }
    assertThat(asked()).isEqualTo(2);
  }

  @Test
  void redirectsWithoutEndAreAnError() {
    registry.redirectTo = registry.server.url() + "/v2/team/app/blobs/x";
    RegistryException e = failure(() -> readsRange(client(), 0, 10));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.MALFORMED);
    assertThat(e).hasMessageContaining("more than 5 redirects");
    assertThat(asked()).isEqualTo(6);
  }

  @Test
  void neverGoesToPlainHttpOnAHostThatIsNotListed() {
    registry.redirectTo = "http://storage.example.com/blob";
    RegistryException e = failure(() -> readsRange(client(), 0, 10));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.REFUSED);
    assertThat(e).hasMessageContaining("list the host as plain HTTP");
  }

  @Test
  void neverLeavesTlsUnlessTheTargetIsListed() throws Exception {
    URI secure = URI.create("https://registry.example.com/v2/");
    URI local = URI.create("http://localhost:9000/x");
    RegistryException e = failure(() -> http(config).requireNoDowngrade(secure, local));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.REFUSED);
    http(config.withPlainHttpHosts(Set.of("localhost"))).requireNoDowngrade(secure, local);
  }

  private static RegistryHttp http(RegistryConfig config) {
    Hosts hosts = new Hosts(config);
    Failures failures = new Failures(java.time.InstantSource.system());
    Transport none =
        new Transport() {
          @Override
          public Response send(Request request) {
            throw new AssertionError("nothing is to be sent");
          }

          @Override
          public void close() {}
        };
    Environment environment = Environment.real();
    TokenFetcher tokens =
        new TokenFetcher(none, hosts, CredentialSource.anonymous(), environment, failures, "t");
    return new RegistryHttp(config, hosts, none, new Authorizer(tokens, environment), failures);
  }

  @Test
  void aLocationThatIsNoAddressIsAnErrorThatDoesNotShowIt() {
    for (String wrong : new String[] {"ftp://x/y", "http://u:signed-secret@h/", "http://[", "::"}) {
      registry.redirectTo = wrong;
      RegistryException e = failure(() -> readsRange(client(), 0, 10));
      assertThat(e.kind()).as(wrong).isEqualTo(RegistryException.Kind.MALFORMED);
    }
  }
}
