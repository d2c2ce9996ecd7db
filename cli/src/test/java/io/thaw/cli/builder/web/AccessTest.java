package io.thaw.cli.builder.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.cli.builder.queue.ManualClock;
import io.thaw.cli.builder.web.Access.Allowed;
import io.thaw.cli.builder.web.Access.Credentials;
import io.thaw.cli.builder.web.Access.Forbidden;
import io.thaw.cli.builder.web.Access.Unknown;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AccessTest {
  private static final String SECRET = "correct-horse-battery";
  private static final String READ = "only-for-looking-at";
  private static final byte[] BODY = "{\"events\":[]}".getBytes(StandardCharsets.UTF_8);

  private final ManualClock clock = new ManualClock();
  private final Access access = access(Optional.of(Secret.of(READ)), false);

  @Test
  void theSecretOpensAsBearerAndAsPasswordOfAnyUser() {
    assertThat(access.toWrite(authorization("Bearer " + SECRET), BODY)).isEqualTo(new Allowed());
    assertThat(access.toWrite(authorization("bearer  " + SECRET), BODY)).isEqualTo(new Allowed());
    assertThat(access.toWrite(authorization(basic("x", SECRET)), BODY)).isEqualTo(new Allowed());
  }

  @Test
  void anythingElseDoesNot() {
    for (String wrong :
        new String[] {
          "",
          SECRET,
          "Bearer",
          "Bearer " + SECRET + "x",
          "Bearer " + SECRET.substring(1),
          basic(SECRET, "x"),
          "Basic %%%",
          "Basic " + Base64.getEncoder().encodeToString(SECRET.getBytes(StandardCharsets.UTF_8)),
          "Digest " + SECRET
        }) {
      assertThat(access.toWrite(authorization(wrong), BODY)).as(wrong).isInstanceOf(Unknown.class);
    }
  }

  @Test
  void aSignatureOpensForItsBodyAndItsTimeOnly() {
    long now = clock.instant().getEpochSecond();

    assertThat(access.toWrite(signed(sign(now, BODY)), BODY)).isEqualTo(new Allowed());
    assertThat(access.toWrite(signed(sign(now - 300, BODY)), BODY)).isEqualTo(new Allowed());
    assertUnknown(signed(sign(now - 301, BODY)), "more than 300 s from ours");
    assertUnknown(signed(sign(now + 301, BODY)), "more than 300 s from ours");
    assertUnknown(signed(sign(now, "{}".getBytes(StandardCharsets.UTF_8))), "not that of this");
    assertUnknown(
        signed(sign(now, BODY).replace("t=" + now, "t=" + (now - 1))), "not that of this");
    assertUnknown(signed("v1=00"), "must look like");
    assertUnknown(signed("t=999999999999,v1=" + "0".repeat(64)), "not that of this");
  }

  @Test
  void aRecordedRequestCannotBeSentAgainLater() {
    String signature = sign(clock.instant().getEpochSecond(), BODY);

    clock.advance(Duration.ofSeconds(301));

    assertUnknown(signed(signature), "more than 300 s");
  }

  @Test
  void theReadSecretIsForLookingOnly() {
    assertThat(access.toRead(authorization("Bearer " + READ))).isEqualTo(new Allowed());
    assertThat(access.toRead(authorization(basic("me", SECRET)))).isEqualTo(new Allowed());
    assertThat(access.toRead(authorization(""))).isInstanceOf(Unknown.class);
    assertThat(access.toWrite(authorization("Bearer " + READ), BODY)).isInstanceOf(Forbidden.class);
  }

  @Test
  void whereAnybodyMayLookTheHostMustBeLoopback() {
    Access open = access(Optional.empty(), true);

    for (String host :
        new String[] {"localhost", "LOCALHOST:8417", "127.0.0.1:8417", "[::1]:1", "127.8.8.8"}) {
      assertThat(open.toRead(host(host))).as(host).isEqualTo(new Allowed());
    }
    for (String host :
        new String[] {"", "evil.example.com", "127.0.0.1.evil.com", "localhost.evil.com:8417"}) {
      assertThat(open.toRead(host(host))).as(host).isInstanceOf(Forbidden.class);
    }
    assertThat(open.toRead(new Credentials("Bearer " + SECRET, "", "evil.example.com")))
        .isEqualTo(new Allowed());
    assertThat(open.toWrite(host("localhost"), BODY)).isInstanceOf(Unknown.class);
  }

  @Test
  void aSecretIsLongEnoughAndNeverShown() {
    assertThatThrownBy(() -> Secret.of("short")).hasMessageContaining("16 to 4096 characters");
    assertThatThrownBy(() -> Secret.of("with spaces in the middle"))
        .hasMessage("a secret is printable ASCII without spaces");
    assertThat(Secret.of("  " + SECRET + "\n").bearer()).isEqualTo("Bearer " + SECRET);
    assertThat(Secret.of(SECRET)).hasToString("***");
  }

  private void assertUnknown(Credentials credentials, String explanation) {
    assertThat(access.toWrite(credentials, BODY))
        .isInstanceOfSatisfying(
            Unknown.class, unknown -> assertThat(unknown.explanation()).contains(explanation));
  }

  private Access access(Optional<Secret> readSecret, boolean open) {
    return new Access(Secret.of(SECRET), readSecret, open, Duration.ofMinutes(5), clock);
  }

  private static String sign(long seconds, byte[] body) {
    byte[] prefix = (seconds + ".").getBytes(StandardCharsets.US_ASCII);
    return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(Secret.of(SECRET).hmac(prefix, body));
  }

  private static String basic(String user, String password) {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private static Credentials authorization(String header) {
    return new Credentials(header, "", "localhost");
  }

  private static Credentials signed(String header) {
    return new Credentials("", header, "localhost");
  }

  private static Credentials host(String host) {
    return new Credentials("", "", host);
  }
}
