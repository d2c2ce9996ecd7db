package io.thaw.cli.options;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A length of time as the tools of the field write it: `30s`, `1m30s`, `500ms`, `2h`; `0` for
/// none.
public record GoDuration(Duration value) {
  private static final Pattern FORM =
      Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m(?!s))?(?:(\\d{1,9})s)?(?:(\\d{1,9})ms)?");

  /// No time: what the option means when it is not given.
  public static final GoDuration ZERO = new GoDuration(Duration.ZERO);

  public static GoDuration parse(String text) {
    if (text.equals("0")) {
      return ZERO;
    }
    Matcher form = FORM.matcher(text);
    if (text.isEmpty() || !form.matches()) {
      throw new TypeConversionException(
          "\"" + text + "\" is not a time; write hours, minutes and seconds, as in 30s or 1h30m");
    }
    return new GoDuration(
        Duration.ofHours(part(form, 1))
            .plusMinutes(part(form, 2))
            .plusSeconds(part(form, 3))
            .plusMillis(part(form, 4)));
  }

  private static long part(Matcher form, int group) {
    String digits = form.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
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
