package io.thaw.daemon.snapshot.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Recursive descent over one expression.
///
/// ```
/// filter   := selector ("," selector)*
/// selector := path [("==" | "!=" | "~=") value]
/// path     := field ("." field)*
/// field    := quoted | [A-Za-z0-9_-]+
/// value    := quoted | "/" ... "/" | "|" ... "|" | anything up to a comma or white space
/// quoted   := a Go string literal
/// ```
final class FilterParser {
  private final String input;
  private int position;

  FilterParser(String input) throws FilterException {
    this.input = input;
    if (input.length() > Filter.MAX_LENGTH) {
      throw new FilterException(
          input.substring(0, 64) + "…",
          Filter.MAX_LENGTH,
          "longer than " + Filter.MAX_LENGTH + " characters");
    }
  }

  Filter parse() throws FilterException {
    List<Filter> selectors = new ArrayList<>();
    selectors.add(selector());
    skipSpace();
    while (position < input.length()) {
      expect(',', "expected a comma");
      selectors.add(selector());
      skipSpace();
    }
    return new Filter.All(selectors);
  }

  private Filter selector() throws FilterException {
    List<String> path = path();
    skipSpace();
    if (position == input.length() || peek() == ',') {
      return new Filter.Present(path);
    }
    String operator = operator();
    skipSpace();
    int valueAt = position;
    String value = value();
    return switch (operator) {
      case "==" -> new Filter.Equal(path, value);
      case "!=" -> new Filter.NotEqual(path, value);
      default -> new Filter.Matches(path, pattern(value, valueAt));
    };
  }

  private Pattern pattern(String value, int at) throws FilterException {
    try {
      return Pattern.compile(value);
    } catch (PatternSyntaxException e) {
      throw new FilterException(input, at, "not a regular expression: " + e.getDescription());
    }
  }

  private List<String> path() throws FilterException {
    List<String> path = new ArrayList<>();
    path.add(field());
    while (position < input.length() && peek() == '.') {
      position++;
      path.add(field());
    }
    return path;
  }

  private String field() throws FilterException {
    skipSpace();
    if (position < input.length() && peek() == '"') {
      return quoted();
    }
    int start = position;
    while (position < input.length() && isFieldCharacter(peek())) {
      position++;
    }
    if (position == start) {
      throw error("expected a field name or a quoted string");
    }
    return input.substring(start, position);
  }

  private static boolean isFieldCharacter(char c) {
    return c == '-'
        || c == '_'
        || (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z');
  }

  private String operator() throws FilterException {
    int start = position;
    while (position < input.length() && "=!~".indexOf(peek()) >= 0) {
      position++;
    }
    String operator = input.substring(start, position);
    if (!List.of("==", "!=", "~=").contains(operator)) {
      position = start;
      throw error("expected one of == != ~=");
    }
    return operator;
  }

  private String value() throws FilterException {
    if (position == input.length()) {
      throw error("expected a value");
    }
    if ("\"/|".indexOf(peek()) >= 0) {
      return quoted();
    }
    int start = position;
    while (position < input.length() && peek() != ',' && !Character.isWhitespace(peek())) {
      position++;
    }
    if (position == start) {
      throw error("expected a value");
    }
    return input.substring(start, position);
  }

  private String quoted() throws FilterException {
    char quote = input.charAt(position++);
    StringBuilder text = new StringBuilder();
    while (true) {
      if (position >= input.length() || peek() == '\n') {
        throw error("the quoted string does not end");
      }
      char c = input.charAt(position++);
      if (c == quote) {
        return text.toString();
      } else if (c == '\\') {
        escape(quote, text);
      } else {
        text.append(c);
      }
    }
  }

  private void escape(char quote, StringBuilder text) throws FilterException {
    if (position >= input.length()) {
      throw error("the quoted string does not end");
    }
    char c = input.charAt(position++);
    if (c == quote || c == '\\') {
      text.append(c);
      return;
    }
    switch (c) {
      case 'a' -> text.append('\u0007');
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'n' -> text.append('\n');
      case 'r' -> text.append('\r');
      case 't' -> text.append('\t');
      case 'v' -> text.append('\u000b');
      case 'x' -> text.appendCodePoint(number(2, 16));
      case 'u' -> text.appendCodePoint(number(4, 16));
      case 'U' -> text.appendCodePoint(number(8, 16));
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        position--;
        text.appendCodePoint(number(3, 8));
      }
      default -> {
        position--;
        throw error("unknown escape \\" + c);
      }
    }
  }

  private int number(int digits, int radix) throws FilterException {
    int end = position + digits;
    try {
      int code = Integer.parseUnsignedInt(input.substring(position, end), radix);
      if (Character.isValidCodePoint(code)) {
        position = end;
        return code;
      }
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw (FilterException) badEscape(digits).initCause(e);
    }
    throw badEscape(digits);
  }

  private FilterException badEscape(int digits) {
    return error("expected an escaped character of " + digits + " digits");
  }

  private void skipSpace() {
    while (position < input.length() && Character.isWhitespace(peek())) {
      position++;
    }
  }

  private void expect(char c, String problem) throws FilterException {
    if (peek() != c) {
      throw error(problem);
    }
    position++;
  }

  private char peek() {
    return input.charAt(position);
  }

  private FilterException error(String problem) {
    return new FilterException(input, position, problem);
  }
}
