package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthTest extends RegistryTest {

  private Digest digest;

  @BeforeEach
  void store() {
    digest = registry.addBlob(random(1000, 3));
    registry.auth = FakeRegistry.Auth.BEARER;
  }

  private byte[] read(RegistryClient client) throws IOException {
    try (RangeResponse range = client.blobRange(registry.repository(), digest, 0, 10)) {
      return range.body().readAllBytes();
    }
  }

  @Test
  void anonymousGetsATokenForPullingTheRepository() throws IOException {
    read(client());
    FakeServer.Seen token = registry.tokens.requests().getFirst();
    assertThat(token.authorization()).isNull();
    assertThat(FakeServer.Seen.parameters(token.query()))
        .isEqualTo(Map.of("scope", "repository:team/app:pull", "service", "the \"registry\""));
  }

  @Test
  void basicIsSentOnlyAfterTheRegistryAskedForItAndThenKept() throws IOException {
    registry.auth = FakeRegistry.Auth.BASIC;
    AtomicInteger asked = new AtomicInteger();
    RegistryClient client =
        client(
            repository -> {
              asked.incrementAndGet();
              return login().credentialsFor(repository);
            });
    read(client);
    read(client);
    assertThat(registry.server.requests())
        .extracting(FakeServer.Seen::authorization)
        .containsExactly(null, FakeRegistry.basic(), FakeRegistry.basic());
    assertThat(asked).hasValue(1);
  }

  @Test
  void basicWithoutCredentialsSaysWhatToDo() {
    registry.auth = FakeRegistry.Auth.BASIC;
    RegistryException e = failure(() -> read(client()));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED);
    assertThat(e).hasMessageContaining("log in to " + registry.server.host());
  }

  @Test
  void aPasswordFetchesTheTokenByGet() throws IOException {
    read(client(login()));
    assertThat(registry.tokens.requests("GET", "/token").getFirst().authorization())
        .isEqualTo(FakeRegistry.basic());
  }

  @Test
  void aTokenServerWithoutGetIsAskedByPost() throws IOException {
    registry.tokenGetMissing = true;
    read(client(login()));
    assertThat(registry.tokens.requests("POST", "/token").getFirst().form())
        .containsEntry("grant_type", "password")
        .containsEntry("username", FakeRegistry.USER)
        .containsEntry("scope", "repository:team/app:pull")
        .containsEntry("client_id", "thaw");
  }

  @Test
  void anIdentityTokenIsExchangedByPost() throws IOException {
    read(client(repository -> Optional.of(new Credentials.IdentityToken(FakeRegistry.REFRESH))));
    assertThat(registry.tokens.requests()).hasSize(1);
    assertThat(registry.tokens.requests().getFirst().form())
        .containsEntry("grant_type", "refresh_token")
        .containsEntry("service", "the \"registry\"");
  }

  @Test
  void aTokenIsKeptAndRenewedBeforeItExpires() throws IOException {
    registry.tokenLifetime = 300;
    RegistryClient client = client(login());
    read(client);
    now = now.plusSeconds(269);
    read(client);
    assertThat(registry.tokensIssued).hasValue(1);
    now = now.plusSeconds(1);
    read(client);
    assertThat(registry.tokensIssued).hasValue(2);
    long refused =
        registry.server.requests().stream().filter(seen -> seen.authorization() == null).count();
    assertThat(refused).as("only the very first request went without a token").isEqualTo(1);
  }

  @Test
  void aTokenThatIsRevokedMidwayIsReplacedOnce() throws IOException {
    RegistryClient client = client(login());
    read(client);
    registry.validToken = "revoked";
    read(client);
    assertThat(registry.tokensIssued).hasValue(2);
    assertThat(waits.waits).isEmpty();
  }

  @Test
  void aRegistryThatRefusesTheCredentialsIsUnauthorizedWithoutALoop() {
    registry.auth = FakeRegistry.Auth.BASIC;
    RegistryException e =
        failure(
            () ->
                read(
                    client(
                        r ->
                            Optional.of(
                                new Credentials.Basic(
                                    FakeRegistry.USER, FakeRegistry.PASSWORD + "x")))));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED);
    assertThat(e).hasMessageContaining("answered 401");
    assertThat(registry.server.requests()).hasSize(2);
  }

  @Test
  void aTokenServerThatRefusesThePasswordIsUnauthorized() {
    RegistryException e =
        failure(
            () ->
                read(
                    client(
                        r ->
                            Optional.of(
                                new Credentials.Basic("x", "pa55-secret-word-but-wrong")))));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED);
    assertThat(e.host()).isEqualTo(registry.tokens.host());
  }

  @Test
  void manyThreadsShareOneTokenFetch() throws Exception {
    RegistryClient client = client(login());
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        reads.add(() -> read(client));
      }
      for (Future<byte[]> read : executor.invokeAll(reads)) {
        assertThat(read.get()).hasSize(10);
      }
    }
    assertThat(registry.tokensIssued).hasValue(1);
  }

  @Test
  void credentialsNeverShowTheirSecrets() {
    assertThat(new Credentials.Basic("ada", FakeRegistry.PASSWORD).toString())
        .contains("ada")
        .doesNotContain(SECRETS);
    assertThat(new Credentials.IdentityToken(FakeRegistry.REFRESH).toString())
        .doesNotContain(SECRETS);
    assertThat(new Authorizer.Grant("Bearer token-secret", now, null).toString())
        .doesNotContain(SECRETS);
  }
}
