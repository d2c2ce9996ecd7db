package io.thaw.daemon.snapshot;

/// Which index a layer was brought by.
///
/// @param source where it was found, such as `annotation` or `referrers`; empty for no index
/// @param digest of the index; empty for no index
public record IndexUse(String source, String digest) {
  /// There was none.
  public static final IndexUse NONE = new IndexUse("", "");
}
