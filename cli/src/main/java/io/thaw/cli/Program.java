package io.thaw.cli;

/// The name the command was called by, which decides how it speaks where scripts listen.
enum Program {
  THAW("thaw"),
  /// As AWS's tool: nerdctl and CI scripts execute it by this name.
  SOCI("soci");

  private final String label;

  Program(String label) {
    this.label = label;
  }

  /// The program that is meant by the name of an executable or of a link to it.
  static Program named(String name) {
    return name.equals(SOCI.label) ? SOCI : THAW;
  }

  @Override
  public String toString() {
    return label;
  }
}
