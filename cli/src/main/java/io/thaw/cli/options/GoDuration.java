package io.thaw.cli.options;

import io.thaw.registry.hosts.GoDurations;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A length of time as the tools of the field write it: `30s`, `1m30s`, `500ms`, `2h`; `0` for
/// none.
public record GoDuration(Duration value) {
  /// No time: what the option means when it is not given.
  public static final GoDuration ZERO = new GoDuration(Duration.ZERO);

  public static GoDuration parse(String text) {
    Duration value = GoDurations.parse(text);
    if (value == null) {
      throw new TypeConversionException(
          "\"" + text + "\" is not a time; write hours, minutes and seconds, as in 30s or 1h30m");
    }
    return new GoDuration(value);
  }

  /// In whole seconds: `1h2m3s`, `2m0s`, `0s`.
  public static String seconds(Duration duration) {
    long seconds = Math.max(0, duration.plusMillis(500).toSeconds());
    StringBuilder text = new StringBuilder();
    if (seconds >= 3600) {
      text.append(seconds / 3600).append('h');
    }
    if (seconds >= 60) {
      text.append(seconds / 60 % 60).append('m');
    }
    return text.append(seconds % 60).append('s').toString();
  }

  /// Lets picocli read times.
  public static final class Converter implements ITypeConverter<GoDuration> {
    @Override
    public GoDuration convert(String value) {
      return parse(value);
    }
  }
}
