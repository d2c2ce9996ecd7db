package io.thaw.registry.hosts;

/// What a host may be asked for.
public enum Capability {
  /// Content by its digest, which can be verified whoever sends it.
  PULL,
  /// What a tag points to, which nobody can verify.
  RESOLVE,
  /// Uploads.
  PUSH,
  /// What refers to a manifest. As with tags, the answer has to be believed; a host that may
  /// resolve may do this too.
  REFERRERS
}
