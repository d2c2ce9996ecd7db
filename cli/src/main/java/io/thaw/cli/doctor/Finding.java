package io.thaw.cli.doctor;

import java.util.List;
import java.util.Locale;

/// What one check found.
///
/// @param check its name for scripts, which stays: area, dot, matter
/// @param what for people, in one line
/// @param remedy what to do, line by line: commands, or lines of a configuration; empty if there is
///     nothing to do
record Finding(String check, Level level, String what, List<String> remedy) {

  /// How bad it is.
  enum Level {
    OK,
    /// Could not be looked at, or was not asked for.
    SKIPPED,
    /// Works, but not as well as it could.
    WARNING,
    /// Keeps containers from starting lazily, or from running.
    WRONG;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  Finding {
    remedy = List.copyOf(remedy);
  }

  static Finding ok(String check, String what) {
    return new Finding(check, Level.OK, what, List.of());
  }

  static Finding skipped(String check, String why) {
    return new Finding(check, Level.SKIPPED, why, List.of());
  }

  static Finding warning(String check, String what, String... remedy) {
    return new Finding(check, Level.WARNING, what, List.of(remedy));
  }

  static Finding wrong(String check, String what, String... remedy) {
    return new Finding(check, Level.WRONG, what, List.of(remedy));
  }
}
