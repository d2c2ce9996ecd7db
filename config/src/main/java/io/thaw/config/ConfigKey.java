package io.thaw.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One key the file may hold.
///
/// @param path dotted
/// @param type of its value
/// @param defaultValue what it is when absent: a `String`, `Long`, `Boolean`, `List` or `Map`; null
///     for what has no effect
/// @param effect whether the daemon acts on it
/// @param note what an operator should know if it has no effect; empty if nothing
/// @param rule which values are allowed
record ConfigKey(
    String path,
    ValueType type,
    @Nullable Object defaultValue,
    Effect effect,
    String note,
    Rule rule) {

  enum ValueType {
    STRING("a string"),
    INTEGER("an integer"),
    BOOLEAN("true or false"),
    STRINGS("an array of strings"),
    /// Tables with keys of their own.
    TABLES("an array of tables"),
    /// Anything below this key belongs to it.
    TREE("a table");

    private final String description;

    ValueType(String description) {
      this.description = description;
    }

    String description() {
      return description;
    }
  }

  enum Effect {
    ACTS,
    /// Acts; the value 0 or "" asks for the default, as in SOCI's example file.
    ACTS_UNLESS_ZERO,
    /// SOCI has it, and a file written for SOCI must load.
    COMPATIBLE
  }

  /// Which values are allowed.
  sealed interface Rule {
    record Any() implements Rule {}

    record Between(long min, long max) implements Rule {}

    record OneOf(List<String> values) implements Rule {}

    record AbsolutePath() implements Rule {}

    /// Tables that hold these keys.
    record Each(Map<String, ConfigKey> keys) implements Rule {}
  }

  /// What to tell somebody who wrote something else.
  String expectation() {
    return switch (rule) {
      case Rule.Any _, Rule.Each _ -> type.description();
      case Rule.Between(long min, long max) -> "an integer from " + min + " to " + max;
      case Rule.OneOf(List<String> values) -> "one of \"" + String.join("\", \"", values) + "\"";
      case Rule.AbsolutePath _ -> "an absolute path";
    };
  }

  boolean allows(Object value) {
    return switch (rule) {
      case Rule.Any _, Rule.Each _ -> true;
      case Rule.Between(long min, long max) -> value instanceof Long n && n >= min && n <= max;
      case Rule.OneOf(List<String> values) -> value instanceof String s && values.contains(s);
      case Rule.AbsolutePath _ ->
          value instanceof String s && s.startsWith("/") && s.indexOf('\0') < 0;
    };
  }
}
