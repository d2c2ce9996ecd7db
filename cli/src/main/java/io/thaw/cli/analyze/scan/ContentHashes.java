package io.thaw.cli.analyze.scan;

/// The first half of the SHA-256 of every entry's content, as two numbers; zeros for entries
/// without content. Immutable.
public final class ContentHashes {
  private final long[] halves;

  ContentHashes(long[] halves) {
    this.halves = halves;
  }

  public long high(int entry) {
    return halves[2 * entry];
  }

  public long low(int entry) {
    return halves[2 * entry + 1];
  }
}
