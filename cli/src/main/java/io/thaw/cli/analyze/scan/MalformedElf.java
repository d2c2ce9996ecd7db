package io.thaw.cli.analyze.scan;

/// An ELF file does not say what it should; it is reported as it is and the analysis goes on.
final class MalformedElf extends Exception {
  private static final long serialVersionUID = 1L;

  final String reason;

  MalformedElf(String reason) {
    super(reason, null, false, false);
    this.reason = reason;
  }
}
