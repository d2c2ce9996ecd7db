package io.thaw.config;

/// Something in the file an operator should know about although the daemon starts.
///
/// @param source the file
/// @param line line in it, counted from 1
/// @param key dotted key
/// @param message what is odd about it
public record ConfigWarning(String source, int line, String key, String message) {
  @Override
  public String toString() {
    return source + ":" + line + ": " + key + ": " + message;
  }
}
