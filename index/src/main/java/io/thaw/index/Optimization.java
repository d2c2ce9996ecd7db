package io.thaw.index;

import java.util.Arrays;

/// Additions to an index that not every reader knows, under the names of SOCI's
/// `--optimizations`.
public enum Optimization {
  /// Marks the zTOC of a layer that has neither extended attributes nor opaque directories, so
  /// that a reader can answer every question for attributes without looking.
  XATTR("xattr");

  private final String label;

  Optimization(String label) {
    this.label = label;
  }

  /// The name users and SOCI's command line know it by.
  public String label() {
    return label;
  }

  /// Finds an optimization by its name.
  ///
  /// @throws IllegalArgumentException listing the names, if there is none of this name
  public static Optimization parse(String label) {
    for (Optimization optimization : values()) {
      if (optimization.label.equals(label)) {
        return optimization;
      }
    }
    throw new IllegalArgumentException(
        "\""
            + label
            + "\" is not an optimization; there is "
            + String.join(", ", Arrays.stream(values()).map(Optimization::label).toList()));
  }
}
