package io.thaw.daemon.image;

/// What layers take, and what was done about it.
///
/// @param usedBytes what the trees of all layers take on disk
/// @param maxBytes the bound; 0 for none
/// @param evictions how many layers were emptied since the daemon started
/// @param evictedBytes what they took
/// @param reason why it is above the bound, for people; empty if it is not
public record CacheState(
    long usedBytes, long maxBytes, long evictions, long evictedBytes, String reason) {

  /// Whether layers take as much as they may.
  public boolean atBound() {
    return maxBytes > 0 && usedBytes >= maxBytes;
  }
}
