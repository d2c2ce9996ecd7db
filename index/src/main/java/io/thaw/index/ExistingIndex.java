package io.thaw.index;

import java.util.Arrays;

/// What to do if an image already has a v1 index in the registry, under the names of
/// `soci push --existing-index`.
///
/// A client takes the first index its registry lists, so that a second one may never be used.
public enum ExistingIndex {
  /// Push beside it, and report what was there.
  WARN("warn"),
  /// Push nothing.
  SKIP("skip"),
  /// Push beside it without looking.
  ALLOW("allow");

  private final String label;

  ExistingIndex(String label) {
    this.label = label;
  }

  /// The name users and SOCI's command line know it by.
  public String label() {
    return label;
  }

  /// Finds a policy by its name.
  ///
  /// @throws IllegalArgumentException listing the names, if there is none of this name
  public static ExistingIndex parse(String label) {
    for (ExistingIndex policy : values()) {
      if (policy.label.equals(label)) {
        return policy;
      }
    }
    throw new IllegalArgumentException(
        "\""
            + label
            + "\" is not a way to treat existing indexes; there are "
            + String.join(", ", Arrays.stream(values()).map(ExistingIndex::label).toList()));
  }
}
