package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// What the tests against a fake registry share: the registry, a clock that stands still, waits
/// that are recorded instead of slept, and a check that no secret is in any exception.
abstract class RegistryTest {

  static final List<String> SECRETS =
      List.of(
          FakeRegistry.PASSWORD,
          FakeRegistry.REFRESH,
          FakeRegistry.basic().substring(6),
          "token-secret",
          "signed-secret");

  FakeRegistry registry;
  FakeRegistry.Waits waits;
  volatile Instant now;
  RegistryConfig config;
  private final List<RegistryClient> clients = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    waits = new FakeRegistry.Waits();
    now = Instant.parse("2026-03-01T12:00:00Z");
    config = RegistryConfig.defaults();
  }

  @AfterEach
  void stop() {
    clients.forEach(RegistryClient::close);
    registry.close();
  }

  RegistryClient client() {
    return client(CredentialSource.anonymous());
  }

  RegistryClient client(CredentialSource credentials) {
    RegistryClient client =
        new HttpRegistryClient(
            config,
            credentials,
            new PooledTransport(config, new Hosts(config)),
            new Environment(() -> now, waits, new Random(42)));
    clients.add(client);
    return client;
  }

  static CredentialSource login() {
    return repository ->
        Optional.of(new Credentials.Basic(FakeRegistry.USER, FakeRegistry.PASSWORD));
  }

  static RegistryConfig.Retry attempts(int count) {
    return new RegistryConfig.Retry(count, Duration.ofMillis(100), Duration.ofSeconds(30));
  }

  /// Runs what must fail, and checks that nothing in the whole chain of exceptions shows a
  /// secret.
  static RegistryException failure(ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).isInstanceOf(RegistryException.class);
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      assertThat(t.toString()).doesNotContain(SECRETS);
    }
    return (RegistryException) thrown;
  }

  static byte[] random(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
