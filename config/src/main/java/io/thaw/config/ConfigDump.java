package io.thaw.config;

import io.thaw.config.ConfigKey.Effect;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tomlj.TomlPosition;

/// Writes the configuration that is in force as TOML, each value with where it comes from. Reading
/// the text again gives the same configuration.
public final class ConfigDump {
  private static final Pattern SECRET =
      Pattern.compile("password|secret|token|credential|private_key", Pattern.CASE_INSENSITIVE);
  private static final String MASK = "***";

  private final String source;
  private final Settings settings;
  private final StringBuilder toml = new StringBuilder();

  private ConfigDump(String source, Settings settings) {
    this.source = source;
    this.settings = settings;
  }

  /// The configuration a file gives.
  ///
  /// @throws ConfigException if it is wrong; the message has line and column
  /// @throws IOException if it cannot be read
  public static String of(Path file) throws IOException {
    return of(
        file.toString(), ConfigFile.read(file, "give one with --config, or --default for none"));
  }

  static String of(String source, String text) throws ConfigException {
    // Keys that stand alone but contradict each other are found only when all are put together.
    Config.parse(source, text);
    return new ConfigDump(source, ConfigReader.read(source, text, ConfigSchema.KEYS)).write();
  }

  /// The configuration without a file.
  public static String ofDefaults() {
    return new ConfigDump("", Settings.defaults(ConfigSchema.KEYS)).write();
  }

  private String write() {
    List<ConfigKey> keys =
        ConfigSchema.KEYS.values().stream()
            .filter(key -> key.effect() != Effect.COMPATIBLE)
            .sorted(Comparator.comparing(ConfigDump::table).thenComparing(ConfigKey::path))
            .toList();
    String table = "";
    for (ConfigKey key : keys) {
      if (!table(key).equals(table)) {
        table = table(key);
        toml.append("\n[").append(table).append("]\n");
      }
      toml.append(key.path().substring(table.isEmpty() ? 0 : table.length() + 1))
          .append(" = ")
          .append(isSecret(key.path()) ? quoted(MASK) : literal(settings.value(key.path())))
          .append(" # ")
          .append(origin(key))
          .append('\n');
    }
    settings.warnings().forEach(w -> toml.append("\n# ").append(oneLine(w.toString())));
    if (!settings.warnings().isEmpty()) {
      toml.append('\n');
    }
    return toml.toString();
  }

  private String origin(ConfigKey key) {
    TomlPosition at = settings.positions().get(key.path());
    return at == null ? "default" : source + ":" + at.line();
  }

  static boolean isSecret(String path) {
    return SECRET.matcher(path.substring(path.lastIndexOf('.') + 1)).find();
  }

  private static String table(ConfigKey key) {
    int dot = key.path().lastIndexOf('.');
    return dot < 0 ? "" : key.path().substring(0, dot);
  }

  private static String literal(Object value) {
    return switch (value) {
      case String text -> quoted(text);
      case List<?> list ->
          "[" + String.join(", ", list.stream().map(ConfigDump::literal).toList()) + "]";
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(e -> quoted(e.getKey().toString()) + " = " + member(e))
              .collect(Collectors.joining(", ", "{", "}"));
      default -> value.toString();
    };
  }

  private static String member(Map.Entry<?, ?> entry) {
    String name = entry.getKey().toString();
    boolean secret = entry.getValue() instanceof String && (isSecret(name) || name.equals("auth"));
    return secret ? quoted(MASK) : literal(entry.getValue());
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (Character.isISOControl(c)) {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
