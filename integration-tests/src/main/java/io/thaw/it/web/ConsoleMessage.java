package io.thaw.it.web;

/// One line of the browser's console.
///
/// @param level `SEVERE`, `WARNING`, `INFO` or `DEBUG`, as WebDriver names them
/// @param source what reported it, such as `console-api`, `security` or `network`
/// @param text the message, with the place it came from
public record ConsoleMessage(String level, String source, String text) {
  /// Whether the browser calls it an error: an uncaught exception, a blocked resource, a response
  /// of 400 and above, `console.error`.
  public boolean error() {
    return level.equals("SEVERE");
  }
}
