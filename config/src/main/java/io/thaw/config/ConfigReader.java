package io.thaw.config;

import io.thaw.config.ConfigKey.Effect;
import io.thaw.config.ConfigKey.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/// Reads a TOML text against [ConfigSchema].
final class ConfigReader {
  private final String source;
  private final TomlParseResult toml;
  private final Map<String, Object> values = new HashMap<>();
  private final List<ConfigWarning> warnings = new ArrayList<>();

  private ConfigReader(String source, TomlParseResult toml) {
    this.source = source;
    this.toml = toml;
  }

  static Settings read(String source, String text) throws ConfigException {
    TomlParseResult toml = Toml.parse(text);
    if (!toml.errors().isEmpty()) {
      TomlParseError error = toml.errors().getFirst();
      TomlPosition at = error.position();
      throw new ConfigException(
          source, at.line(), at.column(), "", "not valid TOML: " + error.getMessage());
    }
    ConfigReader reader = new ConfigReader(source, toml);
    reader.visit(List.of(), toml);
    return new Settings(Map.copyOf(reader.values), List.copyOf(reader.warnings));
  }

  private void visit(List<String> prefix, TomlTable table) throws ConfigException {
    for (String name : table.keySet()) {
      List<String> path = new ArrayList<>(prefix);
      path.add(name);
      Object value = table.get(List.of(name));
      if (value != null) {
        visitEntry(path, value);
      }
    }
  }

  private void visitEntry(List<String> path, Object value) throws ConfigException {
    String dotted = String.join(".", path);
    ConfigKey key = ConfigSchema.KEYS.get(dotted);
    if (key != null) {
      accept(key, path, value);
    } else if (isKnownTable(dotted)) {
      if (!(value instanceof TomlTable table)) {
        throw mismatch(path, "a table", value);
      }
      visit(path, table);
    } else {
      warnUnknown(path, dotted);
    }
  }

  private static boolean isKnownTable(String dotted) {
    String prefix = dotted + ".";
    return ConfigSchema.KEYS.keySet().stream().anyMatch(k -> k.startsWith(prefix));
  }

  private void accept(ConfigKey key, List<String> path, Object value) throws ConfigException {
    Object typed = typed(key.type(), value);
    if (typed == null || !key.allows(typed)) {
      throw mismatch(path, key.expectation(), value);
    }
    switch (key.effect()) {
      case ACTS -> values.put(key.path(), typed);
      case ACTS_UNLESS_ZERO -> {
        if (!isNeutral(typed)) {
          values.put(key.path(), typed);
        }
      }
      case COMPATIBLE -> {
        if (!isNeutral(typed)) {
          warn(path, "accepted for compatibility, has no effect" + note(key));
        }
      }
    }
  }

  private ConfigException mismatch(List<String> path, String expectation, Object value) {
    TomlPosition at = position(path);
    return new ConfigException(
        source,
        at.line(),
        at.column(),
        String.join(".", path),
        "expected %s but found %s".formatted(expectation, describe(value)));
  }

  private static String note(ConfigKey key) {
    return key.note().isEmpty() ? "" : " (" + key.note() + ")";
  }

  private static @Nullable Object typed(ValueType type, Object value) {
    return switch (type) {
      case STRING -> value instanceof String ? value : null;
      case INTEGER -> value instanceof Long ? value : null;
      case BOOLEAN -> value instanceof Boolean ? value : null;
      case STRINGS -> value instanceof TomlArray array ? strings(array) : null;
      case TREE -> value instanceof TomlTable || value instanceof TomlArray ? value : null;
    };
  }

  private static @Nullable List<String> strings(TomlArray array) {
    List<String> result = new ArrayList<>();
    for (Object element : array.toList()) {
      if (!(element instanceof String s)) {
        return null;
      }
      result.add(s);
    }
    return List.copyOf(result);
  }

  /// A value that asks for nothing: files written from SOCI's example hold every key as 0, "" or
  /// false.
  private static boolean isNeutral(Object value) {
    return switch (value) {
      case String s -> s.isEmpty();
      case Long n -> n == 0;
      case Boolean b -> !b;
      case TomlTable table ->
          table.keySet().stream()
              .map(k -> table.get(List.of(k)))
              .allMatch(v -> v == null || isNeutral(v));
      case TomlArray array -> array.isEmpty();
      default -> false;
    };
  }

  private void warnUnknown(List<String> path, String dotted) {
    Optional<String> meant = Spelling.nearest(dotted, suggestions());
    warn(path, "unknown key" + meant.map(m -> "; did you mean " + m + "?").orElse(""));
  }

  private static List<String> suggestions() {
    return ConfigSchema.KEYS.values().stream()
        .filter(k -> k.effect() != Effect.COMPATIBLE)
        .map(ConfigKey::path)
        .toList();
  }

  private void warn(List<String> path, String message) {
    warnings.add(new ConfigWarning(source, position(path).line(), String.join(".", path), message));
  }

  private TomlPosition position(List<String> path) {
    TomlPosition at = toml.inputPositionOf(path);
    return at != null ? at : TomlPosition.positionAt(1, 1);
  }

  private static String describe(Object value) {
    return switch (value) {
      case String s -> "\"" + s + "\"";
      case TomlTable _ -> "a table";
      case TomlArray array -> array.isEmpty() ? "an empty array" : "an array";
      default -> value.toString();
    };
  }

  /// What a file says, with defaults for what it does not say.
  record Settings(Map<String, Object> values, List<ConfigWarning> warnings) {
    boolean isSet(String key) {
      return values.containsKey(key);
    }

    String text(String key) {
      return (String) value(key);
    }

    long number(String key) {
      return (Long) value(key);
    }

    int count(String key) {
      return Math.toIntExact(number(key));
    }

    boolean flag(String key) {
      return (Boolean) value(key);
    }

    List<String> strings(String key) {
      return ((List<?>) value(key)).stream().map(String.class::cast).toList();
    }

    private Object value(String key) {
      ConfigKey known = ConfigSchema.KEYS.get(key);
      if (known == null || known.defaultValue() == null) {
        throw new IllegalArgumentException("no such setting: " + key);
      }
      return values.getOrDefault(key, known.defaultValue());
    }
  }
}
