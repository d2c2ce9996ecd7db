package io.thaw.daemon.snapshot;

/// Disk space of one snapshot without its parents.
///
/// @param sizeBytes allocated bytes
/// @param inodes files of any kind, hard links counted once
public record Usage(long sizeBytes, long inodes) {
  /// Nothing.
  public static final Usage NONE = new Usage(0, 0);
}
