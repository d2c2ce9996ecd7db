package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Credentials that expire or are rotated while a client lives.
class RefreshTest extends RegistryTest {

  private static final String OLD = "old-" + FakeRegistry.PASSWORD;
  private final AtomicInteger asked = new AtomicInteger();
  private volatile String known = FakeRegistry.PASSWORD;
  private Digest digest;

  @BeforeEach
  void store() {
    digest = registry.addBlob(random(1000, 3));
    registry.auth = FakeRegistry.Auth.BASIC;
  }

  private byte[] read(RegistryClient client) throws IOException {
    try (RangeResponse range = client.blobRange(registry.repository(), digest, 0, 10)) {
      return range.body().readAllBytes();
    }
  }

  private static Credentials password(String password) {
    return new Credentials.Basic(FakeRegistry.USER, password);
  }

  private CredentialSource counting() {
    return repository -> {
      asked.incrementAndGet();
      return Optional.of(password(known));
    };
  }

  @Test
  void aRotatedPasswordIsAskedForAgainOn401() throws IOException {
    RegistryClient client = client(counting());
    read(client);
    registry.password = "new-" + FakeRegistry.PASSWORD;
    known = registry.password;
    assertThat(read(client)).hasSize(10);
    assertThat(asked).hasValue(2);
    assertThat(waits.waits).isEmpty();
  }

  @Test
  void aRotatedPasswordIsAskedForAgainOn403() throws IOException {
    registry.refusal = 403;
    RegistryClient client = client(counting());
    read(client);
    registry.password = "new-" + FakeRegistry.PASSWORD;
    known = registry.password;
    assertThat(read(client)).hasSize(10);
  }

  @Test
  void whatOneSourceHasAndIsRefusedMakesWayForTheNextSource() throws IOException {
    CredentialSource stale = repository -> Optional.of(password(OLD));
    for (FakeRegistry.Auth auth : List.of(FakeRegistry.Auth.BASIC, FakeRegistry.Auth.BEARER)) {
      registry.auth = auth;
      assertThat(read(client(CredentialSource.firstOf(List.of(stale, login()))))).hasSize(10);
    }
  }

  @Test
  void aTokenServerThatRefusesTheOldPasswordGetsTheNewOne() throws IOException {
    registry.auth = FakeRegistry.Auth.BEARER;
    RegistryClient client = client(counting());
    read(client);
    registry.password = "new-" + FakeRegistry.PASSWORD;
    registry.validToken = "revoked";
    RegistryException e = failure(() -> read(client));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED);
    known = registry.password;
    now = now.plus(Denials.FIRST_PAUSE);
    assertThat(read(client)).hasSize(10);
  }

  @Test
  void aHundredReadersWithAWrongPasswordAskForItOnceInAWhile() throws Exception {
    registry.auth = FakeRegistry.Auth.BEARER;
    known = OLD;
    RegistryClient client = client(counting());
    failure(() -> read(client));
    int tokens = registry.tokens.requests().size();
    int sources = asked.get();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<RegistryException>> reads = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        reads.add(() -> failure(() -> read(client)));
      }
      for (Future<RegistryException> read : executor.invokeAll(reads)) {
        assertThat(read.get().kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED);
      }
    }
    assertThat(registry.tokens.requests()).as("the clock stands still").hasSize(tokens);
    assertThat(asked).hasValue(sources);
    for (int i = 0; i < 5; i++) {
      now = now.plus(Denials.MAX_PAUSE);
      failure(() -> read(client));
      failure(() -> read(client));
    }
    assertThat(registry.tokens.requests()).as("once per pause").hasSize(tokens + 5);
    known = FakeRegistry.PASSWORD;
    now = now.plus(Denials.MAX_PAUSE);
    assertThat(read(client)).hasSize(10);
  }

  @Test
  void aRefusalOfOneThingDoesNotStopOthers() throws IOException {
    RegistryClient client = client(counting());
    read(client);
    registry.refusal = 403;
    String right = registry.password;
    registry.password = "changed-for-a-moment";
    assertThat(failure(() -> read(client)).status()).isEqualTo(403);
    int before = asked.get();
    registry.password = right;
    assertThat(read(client)).as("what is known is used meanwhile").hasSize(10);
    assertThat(asked).hasValue(before);
  }

  @Test
  void anonymousReadersAreNotAskedForALoginBy403() {
    registry.auth = FakeRegistry.Auth.NONE;
    registry.failNext.add(403);
    assertThat(failure(() -> read(client(counting()))).status()).isEqualTo(403);
    assertThat(asked).hasValue(0);
  }
}
