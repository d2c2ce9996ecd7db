package io.thaw.daemon.snapshot;

/// Which index a layer was brought by.
///
/// @param source where it was found, such as `annotation` or `referrers`; `local` for zTOCs made on
/// this node; empty for no index
/// @param digest of the index; empty for no index, and for `local`
public record IndexUse(String source, String digest) {
  /// There was none.
  public static final IndexUse NONE = new IndexUse("", "");

  /// zTOCs that were made on this node.
  public static final IndexUse LOCAL = new IndexUse("local", "");
}
