package io.thaw.daemon.profile;

import io.thaw.index.start.StartProfile;

/// A profile on this node.
///
/// @param origin where it comes from
/// @param awaitsImage whether it waits for the image to be pulled; one that does not goes with its
///     image
public record StoredProfile(StartProfile profile, Origin origin, boolean awaitsImage) {

  /// Where a profile comes from.
  public enum Origin {
    /// Starts on this node.
    RECORDED,
    /// Somebody gave it.
    IMPORTED
  }
}
