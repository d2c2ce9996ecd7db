package io.thaw.index;

/// How an index was found.
public enum IndexSource {
  /// The caller named its digest (SOCI's index digest label).
  EXPLICIT,
  /// An annotation on the image manifest named it (v2).
  ANNOTATION,
  /// The registry lists it as a referrer of the image manifest (v1).
  REFERRERS
}
