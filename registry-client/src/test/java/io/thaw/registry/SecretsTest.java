package io.thaw.registry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// Nothing that is logged, at any level, shows a secret.
class SecretsTest extends RegistryTest {

  private final ListAppender<ILoggingEvent> events = new ListAppender<>();
  private Logger logger;

  @BeforeEach
  void listen() {
    logger = (Logger) LoggerFactory.getLogger("io.thaw.registry");
    logger.setLevel(Level.TRACE);
    events.start();
    logger.addAppender(events);
  }

  @AfterEach
  void deafen() {
    logger.detachAppender(events);
    logger.setLevel(null);
  }

  private void read(RegistryClient client, Digest digest) throws IOException {
    try (RangeResponse range = client.blobRange(registry.repository(), digest, 0, 10)) {
      assertThat(range.body().readAllBytes()).hasSize(10);
    }
  }

  @Test
  void logsOfEveryPathHoldNoSecret() throws IOException {
    Digest digest = registry.addBlob(new byte[100]);
    registry.auth = FakeRegistry.Auth.BEARER;
    registry.redirectStatus = 307;
    registry.tokenGetMissing = true;
    registry.failNext.add(503);
    RegistryClient client = client(login());
    read(client, digest);
    registry.expireLinks();
    registry.validToken = "revoked";
    read(client, digest);
    registry.bodyFaults.add(FakeRegistry.BodyFault.CUT_SHORT);
    read(client, digest);
    read(
        client(repository -> Optional.of(new Credentials.IdentityToken(FakeRegistry.REFRESH))),
        digest);
    registry.storage.close();
    config = config.withRetry(attempts(2));
    failure(() -> read(client(login()), digest));
    List<ILoggingEvent> seen = List.copyOf(events.list);
    assertThat(seen).hasSizeGreaterThan(10);
    for (ILoggingEvent event : seen) {
      assertThat(event.getFormattedMessage()).doesNotContain(SECRETS);
      for (IThrowableProxy t = event.getThrowableProxy(); t != null; t = t.getCause()) {
        assertThat(String.valueOf(t.getMessage())).doesNotContain(SECRETS);
      }
    }
  }
}
