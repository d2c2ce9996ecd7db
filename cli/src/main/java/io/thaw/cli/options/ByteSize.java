package io.thaw.cli.options;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A number of bytes as users write it: `262144`, `256K`, `256KiB`, `4MiB`.
///
/// @param bytes never negative
public record ByteSize(long bytes) {
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,18})(?:([KMG])(?:IB)?)?", Pattern.CASE_INSENSITIVE);

  public static ByteSize parse(String text) {
    Matcher form = FORM.matcher(text.trim());
    if (!form.matches()) {
      throw new TypeConversionException(
          "\"" + text + "\" is not a size; write bytes, or a number with KiB, MiB or GiB");
    }
    String unit = form.group(2);
    int shift =
        unit == null
            ? 0
            : switch (unit.toUpperCase(Locale.ROOT)) {
              case "K" -> 10;
              case "M" -> 20;
              default -> 30;
            };
    try {
      return new ByteSize(Math.multiplyExact(Long.parseLong(form.group(1)), 1L << shift));
    } catch (ArithmeticException e) {
      throw new TypeConversionException("\"" + text + "\" is too large a size");
    }
  }

  /// For people: `1.5 MiB`.
  public static String text(long bytes) {
    if (bytes < 1 << 10) {
      return bytes + " B";
    }
    if (bytes < 1 << 20) {
      return String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
    }
    if (bytes < 1L << 30) {
      return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }
    return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
  }

  /// Lets picocli read sizes.
  public static final class Converter implements ITypeConverter<ByteSize> {
    @Override
    public ByteSize convert(String value) {
      return parse(value);
    }
  }
}
