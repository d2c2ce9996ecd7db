package io.thaw.cli.builder.queue;

import java.util.Locale;

/// Which kind of SOCI index a rule asks for.
public enum IndexFormat {
  /// Refers to the image it was made for; the image stays as it is.
  V1,
  /// Part of a converted image under a tag of its own.
  V2;

  /// The format's name in configuration, database and metrics.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The format of this name.
  public static IndexFormat of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
