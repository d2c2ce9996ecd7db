package io.thaw.config;

import io.thaw.config.ConfigKey.Effect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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

/// Reads a TOML text against a table of keys.
final class ConfigReader {
  private final String source;
  private final Map<String, ConfigKey> keys;
  private final List<ConfigWarning> warnings;
  private final Map<String, Object> values = new HashMap<>();
  private final Map<String, TomlPosition> positions = new HashMap<>();

  private ConfigReader(String source, Map<String, ConfigKey> keys, List<ConfigWarning> warnings) {
    this.source = source;
    this.keys = keys;
    this.warnings = warnings;
  }

  static Settings read(String source, String text, Map<String, ConfigKey> keys)
      throws ConfigException {
    TomlParseResult toml = Toml.parse(text);
    if (!toml.errors().isEmpty()) {
      TomlParseError error = toml.errors().getFirst();
      TomlPosition at = error.position();
      throw new ConfigException(
          source, at.line(), at.column(), "", "not valid TOML: " + error.getMessage());
    }
    List<ConfigWarning> warnings = new ArrayList<>();
    ConfigReader reader = new ConfigReader(source, keys, warnings);
    reader.visit("", toml);
    return reader.settings(TomlPosition.positionAt(1, 1));
  }

  private Settings settings(TomlPosition start) {
    return new Settings(
        source, keys, Map.copyOf(values), Map.copyOf(positions), start, List.copyOf(warnings));
  }

  private void visit(String prefix, TomlTable table) throws ConfigException {
    for (String name : table.keySet()) {
      Object value = table.get(List.of(name));
      if (value != null) {
        visitEntry(prefix + name, value, position(table, name));
      }
    }
  }

  private void visitEntry(String dotted, Object value, TomlPosition at) throws ConfigException {
    ConfigKey key = keys.get(dotted);
    if (key != null) {
      accept(key, value, at);
    } else if (isKnownTable(dotted)) {
      if (!(value instanceof TomlTable table)) {
        throw mismatch(dotted, "a table", value, at);
      }
      visit(dotted + ".", table);
    } else {
      warnUnknown(dotted, at);
    }
  }

  private boolean isKnownTable(String dotted) {
    String prefix = dotted + ".";
    return keys.keySet().stream().anyMatch(k -> k.startsWith(prefix));
  }

  private void accept(ConfigKey key, Object value, TomlPosition at) throws ConfigException {
    Object typed = typed(key, value);
    if (typed == null || !key.allows(typed)) {
      throw mismatch(key.path(), key.expectation(), value, at);
    }
    switch (key.effect()) {
      case ACTS -> put(key, typed, at);
      case ACTS_UNLESS_ZERO -> {
        if (!isNeutral(typed)) {
          put(key, typed, at);
        }
      }
      case COMPATIBLE -> {
        if (!isNeutral(typed)) {
          warn(key.path(), at, "accepted for compatibility, has no effect" + note(key));
        }
      }
    }
  }

  private void put(ConfigKey key, Object typed, TomlPosition at) {
    values.put(key.path(), typed);
    positions.put(key.path(), at);
  }

  private ConfigException mismatch(
      String dotted, String expectation, Object value, TomlPosition at) {
    return new ConfigException(
        source,
        at.line(),
        at.column(),
        dotted,
        "expected %s but found %s".formatted(expectation, describe(value)));
  }

  private static String note(ConfigKey key) {
    return key.note().isEmpty() ? "" : " (" + key.note() + ")";
  }

  private @Nullable Object typed(ConfigKey key, Object value) throws ConfigException {
    return switch (key.type()) {
      case STRING -> value instanceof String ? value : null;
      case INTEGER -> value instanceof Long ? value : null;
      case BOOLEAN -> value instanceof Boolean ? value : null;
      case STRINGS -> value instanceof TomlArray array ? strings(array) : null;
      case TABLES -> value instanceof TomlArray array ? tables(key, array) : null;
      case TREE ->
          key.effect() == Effect.COMPATIBLE
              ? (value instanceof TomlTable || value instanceof TomlArray ? value : null)
              : (value instanceof TomlTable ? plain(value) : null);
    };
  }

  /// The value as maps and lists.
  private static Object plain(Object value) {
    return switch (value) {
      case TomlTable table -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (String name : table.keySet()) {
          Object element = table.get(List.of(name));
          if (element != null) {
            map.put(name, plain(element));
          }
        }
        yield map;
      }
      case TomlArray array -> array.toList().stream().map(ConfigReader::plain).toList();
      default -> value;
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

  private @Nullable List<Settings> tables(ConfigKey key, TomlArray array) throws ConfigException {
    if (!(key.rule() instanceof ConfigKey.Rule.Each(Map<String, ConfigKey> elementKeys))) {
      throw new IllegalStateException(key.path() + " has no keys for its tables");
    }
    List<Settings> result = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      if (!(array.get(i) instanceof TomlTable table)) {
        return null;
      }
      ConfigReader reader = new ConfigReader(source, elementKeys, warnings);
      reader.visit("", table);
      result.add(reader.settings(orStart(array.inputPositionOf(i))));
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

  private void warnUnknown(String dotted, TomlPosition at) {
    Optional<String> meant = Spelling.nearest(dotted, suggestions());
    warn(dotted, at, "unknown key" + meant.map(m -> "; did you mean " + m + "?").orElse(""));
  }

  private List<String> suggestions() {
    return keys.values().stream()
        .filter(k -> k.effect() != Effect.COMPATIBLE)
        .map(ConfigKey::path)
        .toList();
  }

  private void warn(String dotted, TomlPosition at, String message) {
    warnings.add(new ConfigWarning(source, at.line(), dotted, message));
  }

  private static TomlPosition position(TomlTable table, String name) {
    return orStart(table.inputPositionOf(List.of(name)));
  }

  private static TomlPosition orStart(@Nullable TomlPosition at) {
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
}
