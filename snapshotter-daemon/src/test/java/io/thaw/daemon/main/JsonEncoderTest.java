package io.thaw.daemon.main;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

class JsonEncoderTest {
  private final Logger logger =
      ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("io.thaw.x");
  private final JsonEncoder encoder = new JsonEncoder();

  @BeforeEach
  void start() {
    encoder.start();
  }

  @Test
  void aLineIsOneObjectWithSocisFields() throws IOException {
    LoggingEvent event = event("two\nlines \"quoted\"", null);
    event.addKeyValuePair(new KeyValuePair("remote-snapshot-prepared", "true"));
    event.addKeyValuePair(new KeyValuePair("layers", 3));
    event.addKeyValuePair(new KeyValuePair("msg", "not the message"));

    String line = new String(encoder.encode(event), StandardCharsets.UTF_8);

    assertThat(line).endsWith("\n").containsOnlyOnce("\n");
    JsonNode json = new ObjectMapper().readTree(line);
    assertThat(json.get("level").asText()).isEqualTo("warn");
    assertThat(json.get("msg").asText()).isEqualTo("two\nlines \"quoted\"");
    assertThat(json.get("msg_").asText()).isEqualTo("not the message");
    assertThat(json.get("remote-snapshot-prepared").asText()).isEqualTo("true");
    assertThat(json.get("layers").asInt()).isEqualTo(3);
    assertThat(json.get("time").asText()).startsWith("20").endsWith("Z");
  }

  @Test
  void aFailureIsItsMessageAndItsStack() throws IOException {
    LoggingEvent event = event("failed", new IOException("disk full"));

    JsonNode json = new ObjectMapper().readTree(encoder.encode(event));

    assertThat(json.get("error").asText()).isEqualTo("disk full");
    assertThat(json.get("stack").asText()).contains("IOException: disk full", "JsonEncoderTest");
  }

  @Test
  void longValuesAreCut() throws IOException {
    LoggingEvent event = event("m", null);
    event.addKeyValuePair(new KeyValuePair("k", "x".repeat(1_000_000)));

    assertThat(encoder.encode(event).length).isLessThan(20_000);
  }

  private LoggingEvent event(String message, Throwable failure) {
    return new LoggingEvent("f", logger, Level.WARN, message, failure, new Object[0]);
  }
}
