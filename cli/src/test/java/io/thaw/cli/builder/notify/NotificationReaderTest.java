package io.thaw.cli.builder.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class NotificationReaderTest {
  private static final String DIGEST = "sha256:" + "2".repeat(64);
  private static final String OCI = "application/vnd.oci.image.manifest.v1+json";

  @Test
  void readsTheManifestPushesOfDistributionsEnvelope() throws IOException {
    Notification notification = read("distribution.json");

    assertThat(notification.format()).isEqualTo(NotificationFormat.DISTRIBUTION);
    assertThat(notification.pushes())
        .containsExactly(new PushEvent("registry.example.com", "team/app", "1.4", DIGEST, OCI));
    assertThat(notification.others()).isEqualTo(2);
  }

  @Test
  void readsHarborsPayloadInBothItsFormats() throws IOException {
    PushEvent push = new PushEvent("harbor.example.com", "team/app", "1.4", DIGEST, "");

    assertThat(read("harbor.json").pushes()).containsExactly(push);
    assertThat(read("harbor-cloudevents.json").pushes()).containsExactly(push);
    assertThat(read("harbor.json").format()).isEqualTo(NotificationFormat.HARBOR);
  }

  @Test
  void makesEcrsHostOfAccountAndRegion() throws IOException {
    assertThat(read("ecr.json").pushes())
        .containsExactly(
            new PushEvent(
                "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
                "team/app",
                "1.4",
                DIGEST,
                "application/vnd.oci.image.config.v1+json"));
    assertThat(read(text("ecr.json").replace("eu-central-1", "cn-north-1")).pushes())
        .singleElement()
        .extracting(PushEvent::host)
        .isEqualTo("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn");
  }

  @Test
  void takesNothingButPushesThatSucceeded() throws IOException {
    assertThat(read(text("ecr.json").replace("\"PUSH\"", "\"DELETE\"")).pushes()).isEmpty();
    assertThat(read(text("ecr.json").replace("SUCCESS", "FAILURE")).pushes()).isEmpty();
    assertThat(read(text("harbor.json").replace("PUSH_ART", "DELETE_ART")).pushes()).isEmpty();
    assertThat(read(text("harbor-cloudevents.json").replace("pushed", "deleted")).pushes())
        .isEmpty();
  }

  @Test
  void anEventThatLacksFieldsIsHandedOnWithThemEmpty() throws IOException {
    String body = "{\"events\": [{\"action\": \"push\", \"target\": {\"tag\": 7}}, null, 3]}";

    assertThat(read(body).pushes()).containsExactly(new PushEvent("", "", "", "", ""));
    assertThat(read(body).others()).isEqualTo(2);
  }

  @Test
  void aPushByDigestToHarborHasNoTag() throws IOException {
    String body = text("harbor.json").replace("\"tag\": \"1.4\"", "\"tag\": \"" + DIGEST + "\"");

    assertThat(read(body).pushes()).singleElement().extracting(PushEvent::tag).isEqualTo("");
  }

  @Test
  void refusesANotificationOfAnotherFormatThanThePathSays() {
    assertThatThrownBy(
            () ->
                NotificationReader.read(
                    text("ecr.json").getBytes(StandardCharsets.UTF_8),
                    Optional.of(NotificationFormat.HARBOR)))
        .isInstanceOf(MalformedNotificationException.class)
        .hasMessageContaining("goes to /notify or /notify/ecr");
  }

  @Test
  void refusesWhatIsNoNotification() {
    assertThatThrownBy(() -> read("{}"))
        .isInstanceOf(MalformedNotificationException.class)
        .hasMessageContaining("expected \"events\" (distribution)");
    assertThatThrownBy(() -> read("[]")).hasMessageContaining("not a JSON object");
    assertThatThrownBy(() -> read("")).hasMessageContaining("not a JSON object");
    assertThatThrownBy(() -> read("{\"events\": [")).hasMessageContaining("not JSON");
  }

  @Test
  void refusesWhatIsNestedTooDeepOrHasTooManyEvents() {
    assertThatThrownBy(() -> read("{\"events\":" + "[".repeat(100) + "]".repeat(100) + "}"))
        .isInstanceOf(MalformedNotificationException.class)
        .hasMessageContaining("nesting");
    assertThatThrownBy(() -> read("{\"events\":[" + "1,".repeat(1000) + "1]}"))
        .hasMessageContaining("1001 events; at most 1000");
  }

  @Test
  void damagedBytesNeverFailInAnotherWay() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (String name : new String[] {"distribution.json", "harbor.json", "ecr.json"}) {
      byte[] good = text(name).getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < 2_000; i++) {
        byte[] bad = good.clone();
        for (int j = random.nextInt(1, 6); j > 0; j--) {
          bad[random.nextInt(bad.length)] = (byte) random.nextInt();
        }
        try {
          NotificationReader.read(bad, Optional.empty()).pushes().forEach(PushEvent::image);
        } catch (MalformedNotificationException e) {
          assertThat(e).hasMessageContaining("the body");
        }
      }
    }
  }

  private static Notification read(String nameOrBody) throws IOException {
    String body = nameOrBody.endsWith(".json") ? text(nameOrBody) : nameOrBody;
    return NotificationReader.read(body.getBytes(StandardCharsets.UTF_8), Optional.empty());
  }

  private static String text(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(NotificationReaderTest.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
