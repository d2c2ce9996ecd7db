package io.thaw.fuzz.targets;

/// What a target says when the code under it is wrong.
public final class Oracle {
  private Oracle() {}

  /// Fails unless `holds`.
  public static void check(boolean holds, String expectation) {
    if (!holds) {
      throw new AssertionError(expectation);
    }
  }

  /// Fails with what was expected and how it went wrong.
  public static AssertionError broken(String expectation, Throwable cause) {
    return new AssertionError(expectation + ": " + cause, cause);
  }
}
