package io.thaw.index.oci;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes JSON exactly as Go's `encoding/json` marshals a struct: no white space, fields in the
/// order written, absent fields left out, and `<`, `>`, `&`, U+2028 and U+2029 escaped for HTML.
public final class GoJson {
  private final StringBuilder out = new StringBuilder(1024);
  private boolean needsComma;

  public GoJson open() {
    separate();
    out.append('{');
    needsComma = false;
    return this;
  }

  public GoJson close() {
    out.append('}');
    needsComma = true;
    return this;
  }

  public GoJson openList(String name) {
    name(name);
    out.append('[');
    needsComma = false;
    return this;
  }

  public GoJson closeList() {
    out.append(']');
    needsComma = true;
    return this;
  }

  /// Starts a field; a value or `open` must follow.
  public GoJson name(String name) {
    separate();
    quote(name);
    out.append(':');
    needsComma = false;
    return this;
  }

  public GoJson string(String name, String value) {
    name(name);
    quote(value);
    needsComma = true;
    return this;
  }

  public GoJson optional(String name, Optional<String> value) {
    value.filter(text -> !text.isEmpty()).ifPresent(text -> string(name, text));
    return this;
  }

  public GoJson number(String name, long value) {
    name(name);
    out.append(value);
    needsComma = true;
    return this;
  }

  /// A list of strings, left out if empty.
  public GoJson strings(String name, List<String> values) {
    if (values.isEmpty()) {
      return this;
    }
    openList(name);
    for (String value : values) {
      separate();
      quote(value);
      needsComma = true;
    }
    return closeList();
  }

  /// An object of strings, left out if empty. Go sorts by the bytes of the key.
  public GoJson map(String name, Map<String, String> values) {
    if (values.isEmpty()) {
      return this;
    }
    name(name);
    open();
    values.entrySet().stream()
        .sorted((a, b) -> compareUtf8(a.getKey(), b.getKey()))
        .forEach(entry -> string(entry.getKey(), entry.getValue()));
    return close();
  }

  @Override
  public String toString() {
    return out.toString();
  }

  private static int compareUtf8(String a, String b) {
    return java.util.Arrays.compareUnsigned(
        a.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        b.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private void separate() {
    if (needsComma) {
      out.append(',');
    }
    needsComma = false;
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '<', '>', '&', '\u2028', '\u2029' -> escape(c);
        default -> {
          if (c < 0x20) {
            escape(c);
          } else if (Character.isSurrogate(c) && !isPaired(text, i)) {
            escape('\ufffd');
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean isPaired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }

  private void escape(char c) {
    out.append("\\u");
    out.append(Character.forDigit(c >> 12 & 0xf, 16));
    out.append(Character.forDigit(c >> 8 & 0xf, 16));
    out.append(Character.forDigit(c >> 4 & 0xf, 16));
    out.append(Character.forDigit(c & 0xf, 16));
  }
}
