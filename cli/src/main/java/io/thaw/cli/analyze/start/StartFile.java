package io.thaw.cli.analyze.start;

/// A file that is opened.
///
/// @param row its row in the file table
/// @param path under which it was found
public record StartFile(int row, String path, Reason reason) {

  /// Why a file is opened.
  public enum Reason {
    PROGRAM("program"),
    SCRIPT("script"),
    LOADER("loader"),
    LOADER_CONFIGURATION("loader configuration"),
    LIBRARY("library"),
    PRELOADED("preloaded library"),
    LISTED("listed");

    private final String label;

    Reason(String label) {
      this.label = label;
    }

    /// The word for it in reports.
    public String label() {
      return label;
    }
  }
}
