package io.thaw.daemon.snapshot;

import java.util.Locale;

/// How a layer came to this node.
public enum LayerMode {
  /// Mounted through its index while its bytes arrive.
  LAZY,
  /// Fetched whole and unpacked here.
  EAGER,
  /// Left to containerd.
  DEFERRED;

  /// The name in the database, in logs and on the command line.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static LayerMode of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
