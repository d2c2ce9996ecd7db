package io.thaw.daemon.image;

import io.thaw.registry.Digest;

/// Hears of the steps of pulls. Called from many threads; returns at once. Times are those of
/// [System#nanoTime].
public interface PullEvents {

  /// Hears nothing.
  PullEvents NONE = new PullEvents() {};

  /// An image's index was looked for.
  ///
  /// @param manifest digest of the image's manifest
  /// @param image its reference
  /// @param found for people
  default void resolved(Digest manifest, String image, String found, long sinceNanos) {}

  /// A layer of it can be read lazily; its zTOC was fetched unless it was here.
  default void opened(Digest manifest, Digest layer, long sinceNanos) {}

  /// A layer of it was fetched whole and unpacked, unless it was here.
  default void unpacked(Digest manifest, Digest layer, long bytes, long sinceNanos) {}
}
