package io.thaw.config;

import io.thaw.config.ConfigKey.Effect;
import io.thaw.config.ConfigKey.Rule;
import io.thaw.config.ConfigKey.ValueType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The keys of a file, or of one table in an array of tables, while they are written down.
final class KeyTable {
  private final Map<String, ConfigKey> keys = new LinkedHashMap<>();

  Map<String, ConfigKey> keys() {
    return Map.copyOf(keys);
  }

  void path(String key, String defaultValue) {
    add(key, ValueType.STRING, defaultValue, Effect.ACTS, "", new Rule.AbsolutePath());
  }

  void text(String key, String defaultValue) {
    add(key, ValueType.STRING, defaultValue, Effect.ACTS, "", new Rule.Any());
  }

  void choice(String key, String defaultValue, String... values) {
    add(key, ValueType.STRING, defaultValue, Effect.ACTS, "", new Rule.OneOf(List.of(values)));
  }

  void number(String key, long defaultValue, long min, long max) {
    add(key, ValueType.INTEGER, defaultValue, Effect.ACTS, "", new Rule.Between(min, max));
  }

  void zeroable(String key, long defaultValue, long max) {
    Rule rule = new Rule.Between(0, max);
    add(key, ValueType.INTEGER, defaultValue, Effect.ACTS_UNLESS_ZERO, "", rule);
  }

  void flag(String key, boolean defaultValue) {
    add(key, ValueType.BOOLEAN, defaultValue, Effect.ACTS, "", new Rule.Any());
  }

  void strings(String key) {
    strings(key, List.of());
  }

  void strings(String key, List<String> defaultValue) {
    add(key, ValueType.STRINGS, defaultValue, Effect.ACTS, "", new Rule.Any());
  }

  /// An array of tables, `[[key]]`, that each have the keys of `element`.
  void tables(String key, KeyTable element) {
    Rule rule = new Rule.Each(element.keys());
    add(key, ValueType.TABLES, List.of(), Effect.ACTS, "", rule);
  }

  /// A table of tables whose names the operator chooses, such as hosts. What is in them is checked
  /// by whoever reads the key.
  void tree(String key) {
    add(key, ValueType.TREE, Map.of(), Effect.ACTS, "", new Rule.Any());
  }

  void compatible(String key, ValueType type, String note) {
    keys.put(key, new ConfigKey(key, type, null, Effect.COMPATIBLE, note, new Rule.Any()));
  }

  private void add(
      String key, ValueType type, Object value, Effect effect, String note, Rule rule) {
    keys.put(key, new ConfigKey(key, type, value, effect, note, rule));
  }
}
