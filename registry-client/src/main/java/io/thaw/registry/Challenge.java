package io.thaw.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1).
///
/// @param scheme lower-case scheme, such as `bearer`
/// @param parameters parameters by lower-case name
record Challenge(String scheme, Map<String, String> parameters) {

  private static final int MAX_HEADER = 16 << 10;

  Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name));
  }

  /// All challenges of the header's values, in order. One value may hold several; what cannot be
  /// read ends its value.
  static List<Challenge> parse(List<String> values) {
    List<Challenge> all = new ArrayList<>();
    for (String value : values) {
      if (value.length() <= MAX_HEADER) {
        new Parser(value).addTo(all);
      }
    }
    return all;
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    void addTo(List<Challenge> all) {
      Map<String, String> parameters = null;
      while (true) {
        skip(" \t,");
        String word = until("=, \t\"");
        if (word.isEmpty()) {
          return;
        }
        String name = word.toLowerCase(Locale.ROOT);
        int afterWord = at;
        skip(" \t");
        if (parameters != null && at < text.length() && text.charAt(at) == '=') {
          at++;
          skip(" \t");
          parameters.put(name, value());
        } else {
          at = afterWord;
          parameters = new LinkedHashMap<>();
          all.add(new Challenge(name, parameters));
        }
      }
    }

    private String value() {
      if (at >= text.length() || text.charAt(at) != '"') {
        return until(", \t");
      }
      StringBuilder out = new StringBuilder();
      for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        out.append(text.charAt(at));
      }
      at++;
      return out.toString();
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private String until(String characters) {
      int start = Math.min(at, text.length());
      at = start;
      while (at < text.length() && characters.indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }
  }
}
