package io.thaw.daemon.main;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.event.KeyValuePair;

/// One JSON object a line, with the fields SOCI's log has: `time`, `level`, `msg`, `error`, and the
/// key-value pairs of the event beside them.
final class JsonEncoder extends EncoderBase<ILoggingEvent> {
  private static final Set<String> OWN = Set.of("time", "level", "msg", "logger", "error", "stack");

  private final JsonFactory json = new JsonFactory();
  private final ThrowableProxyConverter stacks = new ThrowableProxyConverter();

  @Override
  public void start() {
    stacks.start();
    super.start();
  }

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    try (JsonGenerator out = json.createGenerator(line)) {
      out.writeStartObject();
      out.writeStringField("time", event.getInstant().toString());
      out.writeStringField("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
      out.writeStringField("msg", event.getFormattedMessage());
      out.writeStringField("logger", event.getLoggerName());
      writePairs(out, event.getKeyValuePairs());
      for (Map.Entry<String, String> entry : event.getMDCPropertyMap().entrySet()) {
        out.writeStringField(free(entry.getKey()), entry.getValue());
      }
      IThrowableProxy failure = event.getThrowableProxy();
      if (failure != null) {
        String message = failure.getMessage();
        out.writeStringField("error", message == null ? failure.getClassName() : message);
        out.writeStringField("stack", stacks.convert(event));
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    line.write('\n');
    return line.toByteArray();
  }

  private static void writePairs(JsonGenerator out, List<KeyValuePair> pairs) throws IOException {
    if (pairs == null) {
      return;
    }
    for (KeyValuePair pair : pairs) {
      out.writeFieldName(free(pair.key));
      switch (pair.value) {
        case null -> out.writeNull();
        case Boolean b -> out.writeBoolean(b);
        case Integer n -> out.writeNumber(n);
        case Long n -> out.writeNumber(n);
        default -> out.writeString(bounded(pair.value.toString()));
      }
    }
  }

  /// A key of the event never hides one of the line's own.
  private static String free(String key) {
    return OWN.contains(key) ? key + "_" : key;
  }

  private static String bounded(String value) {
    int max = 16 * 1024;
    return value.length() <= max
        ? value
        : new String(
                value.substring(0, max).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
            + "…";
  }
}
