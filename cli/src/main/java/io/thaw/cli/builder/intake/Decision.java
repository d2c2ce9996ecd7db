package io.thaw.cli.builder.intake;

import io.thaw.cli.builder.queue.Submission;

/// What becomes of a push.
public sealed interface Decision {
  /// A rule wants the image.
  record Taken(String rule, Submission submission) implements Decision {}

  /// No job is made.
  record Ignored(Reason reason, String explanation) implements Decision {}

  /// Why a push makes no job; few and fixed, so that they can be counted apart.
  enum Reason {
    /// What was sent is no valid name, tag or digest.
    INVALID,
    /// The registry is not declared.
    UNKNOWN_REGISTRY,
    /// A push by digest; an image's own push has a tag.
    UNTAGGED,
    /// The builder's own tag, or its own manifest under another.
    OWN,
    /// Not an image: an index of SOCI's, a signature, a list of referrers.
    ARTIFACT,
    /// No rule wants it.
    NO_RULE
  }
}
