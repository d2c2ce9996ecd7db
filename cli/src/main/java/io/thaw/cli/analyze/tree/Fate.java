package io.thaw.cli.analyze.tree;

/// What became of a file that some layer carries.
public enum Fate {
  /// A container sees it.
  VISIBLE("visible"),
  /// Another entry took its name.
  REPLACED("replaced"),
  /// A whiteout names it or a directory above it.
  DELETED("deleted"),
  /// A directory above it was made opaque.
  COVERED("covered");

  private final String label;

  Fate(String label) {
    this.label = label;
  }

  /// The word for it in reports.
  public String label() {
    return label;
  }
}
