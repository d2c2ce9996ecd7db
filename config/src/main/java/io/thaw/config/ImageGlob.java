package io.thaw.config;

import java.util.regex.Pattern;

/// A pattern over names with slashes: `*` stands for any characters but `/`, `**` for any
/// characters, `?` for one character but `/`; everything else stands for itself. The whole name
/// has to match.
public final class ImageGlob {
  private static final int MAX_LENGTH = 512;
  private static final int MAX_WILDCARDS = 16;

  private final String text;
  private final Pattern pattern;

  private ImageGlob(String text, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
  }

  /// Reads a pattern.
  ///
  /// @throws IllegalArgumentException if the text is empty or too long, or has so many wildcards
  ///     that matching could take long
  public static ImageGlob of(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("a pattern has 1 to " + MAX_LENGTH + " characters");
    }
    StringBuilder regex = new StringBuilder();
    int wildcards = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '*' -> {
          boolean crosses = i + 1 < text.length() && text.charAt(i + 1) == '*';
          regex.append(crosses ? ".*" : "[^/]*");
          i += crosses ? 1 : 0;
          wildcards++;
        }
        case '?' -> regex.append("[^/]");
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    if (wildcards > MAX_WILDCARDS) {
      throw new IllegalArgumentException("a pattern has at most " + MAX_WILDCARDS + " wildcards");
    }
    return new ImageGlob(text, Pattern.compile(regex.toString(), Pattern.DOTALL));
  }

  public boolean matches(String name) {
    return pattern.matcher(name).matches();
  }

  static boolean hasWildcard(String text) {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImageGlob glob && glob.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /// The pattern as it was written.
  @Override
  public String toString() {
    return text;
  }
}
