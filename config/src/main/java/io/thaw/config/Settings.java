package io.thaw.config;

import java.util.List;
import java.util.Map;
import org.tomlj.TomlPosition;

/// What a file, or one table of an array in it, says; with defaults for what it does not say.
///
/// @param start where it begins, for what is wrong with the whole of it
record Settings(
    String source,
    Map<String, ConfigKey> keys,
    Map<String, Object> values,
    Map<String, TomlPosition> positions,
    TomlPosition start,
    List<ConfigWarning> warnings) {

  /// What applies when nothing is said.
  static Settings defaults(Map<String, ConfigKey> keys) {
    return new Settings(
        "defaults", keys, Map.of(), Map.of(), TomlPosition.positionAt(1, 1), List.of());
  }

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

  List<Settings> tables(String key) {
    return ((List<?>) value(key)).stream().map(Settings.class::cast).toList();
  }

  /// The error to throw for a value that cannot be used for more than its type.
  ConfigException wrong(String key, String problem) {
    TomlPosition at = positions.getOrDefault(key, start);
    return new ConfigException(source, at.line(), at.column(), key, problem);
  }

  Object value(String key) {
    ConfigKey known = keys.get(key);
    if (known == null || known.defaultValue() == null) {
      throw new IllegalArgumentException("no such setting: " + key);
    }
    return values.getOrDefault(key, known.defaultValue());
  }
}
