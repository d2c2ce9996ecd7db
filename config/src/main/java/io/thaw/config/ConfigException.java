package io.thaw.config;

import java.io.IOException;

/// A configuration file that cannot be used. The message names file, line, column, key and what was
/// expected there.
public final class ConfigException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;
  private final String key;

  ConfigException(String source, int line, int column, String key, String problem) {
    super(
        "%s:%d:%d: %s%s".formatted(source, line, column, key.isEmpty() ? "" : key + ": ", problem));
    this.line = line;
    this.column = column;
    this.key = key;
  }

  /// Line in the file, counted from 1.
  public int line() {
    return line;
  }

  /// Column in the line, counted from 1.
  public int column() {
    return column;
  }

  /// Dotted key; empty if the file is not TOML at all.
  public String key() {
    return key;
  }
}
